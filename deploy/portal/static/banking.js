// The accountant's page: a bank's file is read by the server, shown, then signed part by part.
import { element, find, notice } from "./elements.js";
import { Told, sent, signAct, wordsOf } from "./signed.js";

const FACT = "backoffice.bank-statement.received.v1";
const UNFORESEEN = "Quelque chose d'imprévu est arrivé : rechargez la page.";
const TOO_LARGE = "Le fichier est trop gros pour cette page (plus de 4 Mo) : importez-le par la commande.";
const NO_LINE = "Aucune ligne à prendre en compte : le fichier est lisible, mais il ne dit rien d'aucun virement.";
const WAITS = "La plateforme n'a pas encore décidé : attendez une minute, puis signez de nouveau ; rien n'est compté deux fois.";
let latest;
let read;

// Of two files given one after the other the second counts, whichever is answered first.
async function readFile(file) {
  latest = file;
  find("statement").hidden = true;
  find("drop-told").replaceChildren(notice("", "Le fichier est lu…"));
  try {
    const found = await sent(location.pathname, file, { 413: TOO_LARGE });
    if (file !== latest) return;
    if (found.reasons) throw new Told(found.reasons.join(" "));
    if (!found.parts.length) throw new Told(NO_LINE);
    read = { ...found, signed: 0 };
    show(file.name);
    find("drop-told").replaceChildren();
  } catch (failure) {
    if (file === latest) find("drop-told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
}

function row({ status, count, sum }) {
  const made = element("tr");
  made.append(element("th", status, { scope: "row" }), element("td", count, { className: "number" }), element("td", sum, { className: "number" }));
  return made;
}

function show(name) {
  const parts = read.parts.length > 1 ? ` Il est signé en ${read.parts.length} parties, l'une après l'autre.` : "";
  find("statement-lead").textContent = `${name} est un ${read.kind}.${parts}`;
  find("statement").querySelector("tbody").replaceChildren(...read.told.map(row));
  find("statement").hidden = false;
  find("reason").focus();
}

function signPart(given, { part, lines }, reason) {
  const of = given.parts.length > 1 ? `, partie ${part} sur ${given.parts.length}` : "";
  return signAct({
    fact: FACT,
    dossier: given.statement_id,
    role: find("drop").dataset.role,
    said: { reason, statement_id: given.statement_id, kind: given.kind, part, lines },
    title: `Prendre en compte ce ${given.kind}${of}`,
    follows: `${lines.length === 1 ? "Une ligne est rapprochée de son ordre" : `${lines.length} lignes sont rapprochées de leurs ordres`}. Ce que la banque dit payé, rejeté ou revenu l'est alors ici.`,
  });
}

function tellLeft(given, told) {
  if (given.signed === 0) return;
  const parts = given.signed === 1 ? "La partie 1 est prise" : `Les parties 1 à ${given.signed} sont prises`;
  told.replaceChildren(notice("waiting", `${parts} en compte, sur ${given.parts.length} : signez de nouveau pour reprendre à la suivante.`));
}

// What is signed is the file that was shown, whatever is given meanwhile. A part that waits stops the next ones;
// what was signed is not signed again.
// What came of a file that was given before is shown as well: it changed nothing.
async function signAll(event) {
  event.preventDefault();
  const told = find("statement").querySelector(".told");
  const given = read;
  told.replaceChildren();
  try {
    for (const part of given.parts.slice(given.signed)) {
      const came = await signPart(given, part, find("reason").value.trim());
      if (!came || came.came === "refused") return tellLeft(given, told);
      if (came.came === "waiting") throw new Told(WAITS);
      given.signed += 1;
    }
    location.assign(`${location.pathname}/${encodeURIComponent(given.statement_id)}?parties=${given.parts.length}`);
  } catch (failure) {
    told.replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
}

find("file").addEventListener("change", (event) => { if (event.target.files[0]) readFile(event.target.files[0]); });
find("drop").addEventListener("submit", (event) => event.preventDefault());
find("drop").addEventListener("dragover", (event) => event.preventDefault());
find("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
});
find("statement").addEventListener("submit", signAll);
