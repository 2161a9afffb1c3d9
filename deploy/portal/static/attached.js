// The files attached to a dossier: listed as it names them, read by signed questions, checked, and saved to the disk.
//
//   filesShown(file, role, kinds) -> the list, from the answer of `intake.file`
//
// No byte of them is ever shown: a hostile one would run with the pages' rights, among keys and drafts.
import { element, notice, wordOf } from "./elements.js";
import { Told, ask, digestOf, unbase64, wordsOf } from "./signed.js";

const UNFORESEEN = "Quelque chose d'imprévu est arrivé : rechargez la page, puis recommencez.";
const ALTERED = "Ce qui est arrivé n'est pas le fichier que le dossier nomme : rien n'est enregistré. Recommencez ; si cela dure, prévenez les opérateurs.";
const SAVED = "Vérifié par son empreinte, et donné au navigateur à enregistrer.";
const KEPT_MILLISECONDS = 60_000;
const MEGABYTE = 1_000_000;
// What a file is, its bytes told the counter. The end of its name is only what its sender wrote.
const ENDINGS = {
  "application/pdf": [".pdf"],
  "application/vnd.oasis.opendocument.spreadsheet": [".ods"],
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": [".xlsx"],
  "image/png": [".png"],
  "image/jpeg": [".jpg", ".jpeg"],
};
const UNSAFE = /[^\p{L}\p{M}\p{N} ._()'’-]/gu;

const inUnit = (unit, digits) => new Intl.NumberFormat("fr-FR", { style: "unit", unit, maximumFractionDigits: digits });
const kilobytes = inUnit("kilobyte", 0);
const megabytes = inUnit("megabyte", 1);
const sizeOf = (bytes) => (bytes < MEGABYTE ? kilobytes.format(Math.ceil(bytes / 1000)) : megabytes.format(bytes / MEGABYTE));

// A name that no disk takes for a place or a program.
function safeName({ name, media_type }) {
  const bare = name.replace(UNSAFE, "_").replace(/^[ .]+/, "");
  const endings = Object.hasOwn(ENDINGS, media_type) ? ENDINGS[media_type] : [".bin"];
  return endings.some((ending) => bare.toLowerCase().endsWith(ending)) ? bare : bare + endings[0];
}

// Each part is a question of its own, signed again. Throws Told.
async function contentOf(dossier, role, { name, sha256, size_bytes }, tell) {
  const content = new Uint8Array(size_bytes);
  let length = 0;
  for (let part = 1, parts = 1; part <= parts; part += 1) {
    const told = await ask("intake.attachment", role, { candidature_id: dossier, name, sha256, part });
    const bytes = unbase64(told.content);
    if (!bytes.length || length + bytes.length > size_bytes) throw new Told(ALTERED);
    content.set(bytes, length);
    length += bytes.length;
    parts = told.parts;
    tell(part, parts);
  }
  if (length !== size_bytes || await digestOf(content) !== sha256) throw new Told(ALTERED);
  return content;
}

// Of no type that a browser would open.
function save(content, name) {
  const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  element("a", "", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MILLISECONDS);
}

async function hand(dossier, role, file, button, told) {
  button.disabled = true;
  told.replaceChildren(notice("", "La clé signe, la plateforme répond…"));
  try {
    const content = await contentOf(dossier, role, file, (part, parts) => {
      told.replaceChildren(notice("", `Partie ${part} sur ${parts} lue.`));
    });
    save(content, safeName(file));
    told.replaceChildren(notice("good", SAVED));
  } catch (failure) {
    told.replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
  button.disabled = false;
  button.focus();
}

function row(dossier, role, file, kinds) {
  const made = element("li");
  const button = element("button", "Enregistrer", { type: "button", className: "link" });
  button.append(element("span", ` ${file.name}`, { className: "hidden" }));
  const told = element("div", "", { className: "told" });
  told.setAttribute("role", "status");
  button.addEventListener("click", () => hand(dossier, role, file, button, told));
  const what = `${wordOf(kinds, file.kind)}, ${sizeOf(file.size_bytes)}`;
  made.append(element("span", file.name), button, element("span", what, { className: "soft" }), told);
  return made;
}

export function filesShown({ candidature_id, attachments }, role, kinds) {
  if (!attachments.length) return [element("p", "Aucun fichier n'est joint.", { className: "soft" })];
  const list = element("ol", "", { className: "rows" });
  list.append(...attachments.map((file) => row(candidature_id, role, file, kinds)));
  const warned = "Chaque lecture est signée et laisse une ligne. Le fichier n'est pas montré ici : ouvrez-le avec prudence, il vient de l'extérieur.";
  return [element("p", warned, { className: "soft" }), list];
}
