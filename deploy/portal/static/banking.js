// The accountant's page: a bank's file is read by the server, shown, then signed part by part.
import { element, find, notice } from "./elements.js";
import { Told, sent, signAct, wordsOf } from "./signed.js";

const FACT = "backoffice.bank-statement.received.v1";
const UNFORESEEN = "Quelque chose d'imprévu est arrivé : rechargez la page.";
let read;

async function readFile(file) {
  find("statement").hidden = true;
  find("drop-told").replaceChildren(notice("", "Le fichier est lu…"));
  try {
    read = await sent(location.pathname, file);
    if (read.reasons) throw new Told(read.reasons.join(" "));
    show(file.name);
    find("drop-told").replaceChildren();
  } catch (failure) {
    find("drop-told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
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

function signPart({ part, lines }, reason) {
  const of = read.parts.length > 1 ? `, partie ${part} sur ${read.parts.length}` : "";
  return signAct({
    fact: FACT,
    dossier: read.statement_id,
    role: find("drop").dataset.role,
    said: { reason, statement_id: read.statement_id, kind: read.kind, part, lines },
    title: `Prendre en compte ce ${read.kind}${of}`,
    follows: `${lines.length} lignes sont rapprochées de leurs ordres. Ce que la banque dit payé, rejeté ou revenu l'est alors ici.`,
  });
}

// What came of a file that was given before is shown as well: it changed nothing.
async function signAll(event) {
  event.preventDefault();
  const told = find("statement").querySelector(".told");
  told.replaceChildren();
  try {
    for (const part of read.parts) {
      const came = await signPart(part, find("reason").value.trim());
      if (!came || came.came === "refused") return;
    }
    location.assign(`${location.pathname}/${encodeURIComponent(read.statement_id)}?parties=${read.parts.length}`);
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
