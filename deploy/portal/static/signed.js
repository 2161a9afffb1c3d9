// What a person does with a key of their own: made here, kept by this browser, readable by nobody.
//
//   ownKey() -> { person, publicKey, pair } or undefined      makeKey(person)      forgetKey()
//   signEntry(challenge, platform) -> { person, signature }, to enter
//   ask(question, role, said) -> the answer, opened here; throws Told with the service's words
//   signAct({ form, fact, dossier, role, said, title, follows }) -> what came of it, or undefined where it was given up:
//     shows the very text that will be signed and its digest, signs it after a click, sends it, and tells what came of it.
//     Mistakes that came are shown in `form`, where one is given.
//   sent(path, file, words) -> what the server read in a file; `words` tell of some statuses otherwise
//   unbase64(text) -> its bytes      digestOf(bytes) -> their SHA-256, in hexadecimal
//   wordsOf(failure, otherwise) -> what to tell of a failure: the words of Told, or others
//
// The page holds <div id="signer" data-…> (macro `signer` of signed.html) and, to sign acts, its <dialog>.
import { find, notice } from "./elements.js";
import { showMistakes, titleOf } from "./mistakes.js";
import { newBox, openSealed } from "./sealed-box.js";

const DATABASE = "fabriques";
const SHELF = "keys";
const OWN = "own";
const text = new TextEncoder();
const REVIEW = "frontdesk.review.";

// Words for the person who reads the page.
export class Told extends Error {}

export const wordsOf = (failure, otherwise) => (failure instanceof Told ? failure.message : otherwise);

const AWAY = "La plateforme ne répond pas : rien n'est perdu, recommencez dans un moment.";
const SAID_BY_STATUS = {
  401: "Vous n'êtes plus dans votre espace : entrez de nouveau dans un autre onglet, puis recommencez ici.",
  403: "La page est trop ancienne : rechargez-la. Ce que vous avez écrit est gardé.",
  413: "Ce texte est trop long : raccourcissez-le.",
  429: "Trop de demandes d'un coup : attendez une minute, puis recommencez.",
};

const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
export const unbase64 = (written) => Uint8Array.from(atob(written), (letter) => letter.charCodeAt(0));
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
export const digestOf = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
const inFours = (written) => written.match(/.{4}/g).join(" ");

// The digest that people compare by voice: half of the SHA-256 of a public key.
export async function digestOfKey(publicKey) {
  return inFours((await digestOf(unbase64(publicKey))).slice(0, 32));
}

function shelf(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const deal = opening.result.transaction(SHELF, mode);
      const asked = work(deal.objectStore(SHELF));
      deal.oncomplete = () => { opening.result.close(); resolve(asked.result); };
      deal.onabort = () => reject(deal.error);
    };
  });
}

export async function ownKey() {
  return shelf("readonly", (kept) => kept.get(OWN));
}

export async function makeKey(person) {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const publicKey = base64(await crypto.subtle.exportKey("raw", pair.publicKey));
  // `add`, not `put`: another tab may have made a key meanwhile, which somebody has registered.
  await shelf("readwrite", (kept) => kept.add({ person, publicKey, pair }, OWN));
  return ownKey();
}

export async function forgetKey() {
  return shelf("readwrite", (kept) => kept.delete(OWN));
}

async function signature(own, bytes) {
  return base64(await crypto.subtle.sign("Ed25519", own.pair.privateKey, bytes));
}

async function requiredKey(person) {
  const own = await ownKey();
  if (!own) throw new Told("Ce navigateur n'a pas de clé : la page « Ma clé » dit quoi faire.");
  if (person && own.person !== person) throw new Told(`La clé de ce navigateur est celle de ${own.person}, pas de ${person}.`);
  return own;
}

export async function signEntry(challenge, platform) {
  const own = await requiredKey("");
  const said = ["fabriques-entry-v1", location.origin, platform, own.person, challenge].join("\n");
  return { person: own.person, signature: await signature(own, text.encode(said)) };
}

const signer = () => find("signer").dataset;

// By the server's clock, which the page was told: that of this machine may be wrong.
const now = () => new Date(Date.parse(signer().now) + performance.now()).toISOString();

async function signed(subject, said) {
  const own = await requiredKey(signer().person);
  const body = JSON.stringify(said);
  const actId = crypto.randomUUID();
  const exact = `fabriques-act-v1\n${signer().platform}\n${subject}\n${actId}\n${body}`;
  const bytes = text.encode(exact);
  const digest = await digestOf(bytes);
  return { body, exact, digest, act_id: actId, sign: () => signature(own, bytes) };
}

function carried(path, fields) {
  return answered(path, { body: new URLSearchParams({ "form-token": signer().token, ...fields }) });
}

// A file, for the server to read; nothing of it is signed by that.
export function sent(path, file, words = {}) {
  return answered(path, { body: file, headers: { "form-token": signer().token } }, words);
}

async function answered(path, request, words = {}) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", ...request });
  } catch {
    throw new Told("La connexion est coupée : rien n'est perdu, recommencez quand elle revient.");
  }
  if (!answer.ok) throw new Told({ ...SAID_BY_STATUS, ...words }[answer.status] ?? AWAY);
  return answer.json();
}

export async function ask(question, role, said = {}) {
  const box = await newBox();
  const actor = { id: signer().person, role };
  const asked = { actor, asked_at: now(), answer_key: base64(box.publicKey), ...said };
  const { body, act_id, sign } = await signed(`${signer().programme}.ask.${question}`, asked);
  const answer = await carried("/signe/question", { question, body, act_id, signature: await sign() });
  if (!answer.sealed) throw new Told(answer.message ?? AWAY);
  return JSON.parse(new TextDecoder().decode(await openSealed(box, unbase64(answer.sealed))));
}

// Facts of the back office name their actor, reviews their reviewer.
function inOwnName(fact, role, said) {
  const person = signer().person;
  return fact.startsWith(REVIEW) ? { ...said, reviewer_id: person } : { ...said, actor: { id: person, role } };
}

export async function signAct({ form, fact, dossier, role, said, title, follows }) {
  const act = await signed(`${signer().programme}.${fact}.${dossier}`, inOwnName(fact, role, said));
  const dialog = find("signing");
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
  part("title").textContent = title;
  part("follows").textContent = follows;
  part("digest").textContent = inFours(act.digest);
  part("body").textContent = act.exact;
  part("came").replaceChildren();
  part("sign").hidden = false;
  part("back").textContent = "Revenir sans signer";
  dialog.showModal();
  return new Promise((resolve) => {
    let came;
    dialog.onclose = () => {
      if (form && came?.mistakes) showMistakes(form, came.mistakes);
      resolve(came);
    };
    // Nobody leaves between the signature and the word of what came of it.
    dialog.oncancel = (event) => { if (part("sign").disabled) event.preventDefault(); };
    part("back").onclick = () => dialog.close();
    part("sign").onclick = async () => {
      part("sign").disabled = true;
      part("back").disabled = true;
      try {
        const { body, act_id, sign } = act;
        came = await carried("/signe/acte", { fact, body, act_id, signature: await sign() });
        part("came").replaceChildren(outcome(came, form));
        part("sign").hidden = true;
        part("back").textContent = "Fermer";
      } catch (failure) {
        part("came").replaceChildren(notice("bad", wordsOf(failure, AWAY)));
      }
      part("sign").disabled = false;
      part("back").disabled = false;
      part("back").focus();
    };
  });
}

const CAME = {
  accepted: ["good", "C'est fait : la plateforme l'a pris en compte."],
  refused: ["bad", "Refusé : rien n'a changé."],
  unchanged: ["waiting", "Reçu, sans effet pour l'instant."],
  waiting: ["waiting", "Reçu et gardé ; la plateforme n'a pas encore décidé. Rechargez la page dans un moment."],
};

function outcome(came, form) {
  const [tone, words] = CAME[came.came];
  const mistakes = came.mistakes?.map(({ field, message }) => [titleOf(form, field), message].filter(Boolean).join(" : "));
  return notice(tone, words, ...new Set(mistakes ?? came.services.flatMap((service) => service.reasons)));
}
