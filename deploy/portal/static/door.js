// The pages "Ma clé" and "Entrer": a key is made, shown, and signs the challenge of the door.
import { forgetDrafts } from "./drafts.js";
import { find, notice } from "./elements.js";
import { digestOfKey, forgetKey, makeKey, ownKey, signEntry } from "./signed.js";

const UNABLE = "Ce navigateur ne sait pas faire de clé Ed25519, ou la page n'est pas en https : prenez un navigateur récent.";
const ALREADY = "Ce navigateur a déjà une clé, faite dans un autre onglet : la voici.";

async function showKey() {
  const own = await ownKey();
  find("key-form").hidden = Boolean(own);
  find("key-own").hidden = !own;
  find("key-forget").hidden = !own;
  if (!own) return;
  find("key-person").textContent = own.person;
  find("key-public").textContent = own.publicKey;
  find("key-digest").textContent = await digestOfKey(own.publicKey);
  find("key-command").textContent =
    `fabriques people digest ${own.publicKey}\nfabriques people add ${own.person} --role … --public-key ${own.publicKey} --as …`;
}

async function makeOwn(event) {
  event.preventDefault();
  try {
    await makeKey(find("person").value.trim());
    await showKey();
    find("key-told").replaceChildren(notice("good", "La clé est faite. Elle sert quand deux administrateurs l'auront enregistrée."));
  } catch {
    const other = await ownKey();
    await showKey();
    find("key-told").replaceChildren(notice("bad", other ? ALREADY : UNABLE));
  }
}

async function forgetOwn() {
  if (!confirm("Effacer la clé de ce navigateur, et ce qui y est écrit sans être envoyé ? Il faudra en faire enregistrer une autre.")) return;
  await forgetKey();
  forgetDrafts();
  await showKey();
}

async function showDoor(door) {
  const own = await ownKey();
  if (!own) {
    find("door-told").replaceChildren(notice("waiting", "Ce navigateur n'a pas encore de clé : commencez par en faire une."));
    return;
  }
  if (door.dataset.origin !== location.origin) {
    find("door-told").replaceChildren(notice("bad", `Ces pages s'ouvrent à l'adresse ${door.dataset.origin} : entrez par là.`));
    return;
  }
  find("door-person").textContent = own.person;
  door.hidden = false;
  door.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { person, signature } = await signEntry(door.dataset.challenge, door.dataset.platform);
    door.elements.person.value = person;
    door.elements.signature.value = signature;
    door.submit();
  });
}

if (find("key-form")) {
  find("key-form").addEventListener("submit", makeOwn);
  find("key-forget").addEventListener("click", forgetOwn);
  showKey().catch(() => find("key-told").replaceChildren(notice("bad", UNABLE)));
}
if (find("door")) showDoor(find("door"));
