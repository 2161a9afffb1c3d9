// Officers' pages: texts are read by a signed question; a form of class `act` says what it will sign.
//
// A form that waits for the reading (`data-waits`) is there once what it decides on was read. A button of a form
// may name another fact, or say more than the form does.
import { draftOf, forgetDraft, keepDraft } from "./drafts.js";
import { find, notice } from "./elements.js";
import { showMistakes } from "./mistakes.js";
import { SHOWN } from "./shown.js";
import { Told, ask, signAct, wordsOf } from "./signed.js";

const UNFORESEEN = "Quelque chose d'imprévu est arrivé : rechargez la page.";
const REPLACED = "Une version plus récente est arrivée entre-temps : rechargez la page, puis relisez.";
const APPEAL = "backoffice.appeal.decided.v1";
const saidIn = (place) => JSON.parse(place.dataset.said ?? "{}");

async function read(section, button) {
  find("read-told").replaceChildren(notice("", "La clé signe, la plateforme répond…"));
  const { question, role, dossier, shows, words } = section.dataset;
  try {
    const found = await ask(question, role, { candidature_id: dossier, ...saidIn(button) });
    find("read-told").replaceChildren();
    find("read-file").replaceChildren(...SHOWN[shows](found, JSON.parse(words), role));
    find("read-file").focus();
    document.querySelectorAll("form[data-waits]").forEach((form) => offer(form, found));
  } catch (failure) {
    find("read-told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
}

// A report is decided on in exactly the version that was read, an appeal with exactly the grounds that were.
function offer(form, found) {
  if (form.dataset.fact === APPEAL) {
    const grounds = found.appeals.flatMap((appeal) => appeal.grounds);
    form.dataset.said = JSON.stringify({ ...saidIn(form), grounds_read: grounds.length });
  }
  const { year, version } = saidIn(form);
  const report = (found.reports ?? []).find((one) => one.year === year);
  form.hidden = Boolean(report) && report.version !== version;
  if (form.hidden) find("read-told").append(notice("waiting", REPLACED));
}

// One remark a line. Throws Told for what the letter could not carry.
function linesOf(field) {
  const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const { linesMax, lettersMax } = field.dataset;
  const name = field.labels[0].textContent;
  if (lines.length > Number(linesMax)) throw new Told(`${name} : ${linesMax} lignes au plus.`);
  if (lines.some((line) => line.length > Number(lettersMax))) throw new Told(`${name} : ${lettersMax} caractères au plus par ligne.`);
  return lines;
}

// What the page decided to say, what its button says, what was ticked or typed, and the reason.
function saidBy(form, button) {
  const said = { ...saidIn(form), ...saidIn(button) };
  form.querySelectorAll("input[type=checkbox]").forEach((box) => {
    said[box.name] ??= [];
    if (box.checked) said[box.name].push(box.value);
  });
  form.querySelectorAll("input[type=text], input[type=date], select").forEach((field) => { said[field.name] = field.value.trim() || null; });
  form.querySelectorAll("textarea[data-lines-max]").forEach((field) => { said[field.name] = linesOf(field); });
  return { reason: form.elements.reason.value.trim(), ...said };
}

const draftName = (form) => `acte ${find("signer").dataset.person} ${location.pathname} ${form.dataset.fact} ${form.dataset.key}`;

function restore(form) {
  const typed = draftOf(draftName(form));
  if (!typed) return;
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = typed.some(([name, value]) => name === field.name && value === field.value);
    else if (field.name) field.value = typed.find(([name]) => name === field.name)?.[1] ?? "";
  }
  form.querySelector(".kept").textContent = "Ce que vous aviez écrit ici est revenu ; ce n'est pas encore envoyé.";
}

function keep(form) {
  keepDraft(draftName(form), [...new FormData(form)]);
  form.querySelector(".kept").textContent = "Gardé dans ce navigateur.";
}

async function act(event) {
  event.preventDefault();
  const form = event.target;
  const { fact, dossier, role, title, follows } = { ...form.dataset, ...event.submitter.dataset };
  try {
    showMistakes(form, []);
    const came = await signAct({ form, fact, dossier, role, title, follows, said: saidBy(form, event.submitter) });
    if (came?.came !== "accepted") return;
    forgetDraft(draftName(form));
    location.reload();
  } catch (failure) {
    form.querySelector(".told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
}

const section = find("read");
section?.querySelectorAll("button[data-said]").forEach((button) => {
  button.addEventListener("click", () => read(section, button));
});
document.querySelectorAll("form.act").forEach((form) => {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("submit", act);
});
