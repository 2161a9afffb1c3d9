// A reviewer's pages: the list of what is to be read, and a dossier beside the grid.
import { filesShown } from "./attached.js";
import { draftOf, forgetDraft, keepDraft } from "./drafts.js";
import { element, euros, find, notice, wordOf } from "./elements.js";
import { showMistakes } from "./mistakes.js";
import { Told, ask, signAct, wordsOf } from "./signed.js";
import { dayIn, siret } from "./written.js";

const ROLE = "reviewer";
const UNFORESEEN = "Quelque chose d'imprévu est arrivé dans cette page : rechargez-la.";
const STATES = {
  asked: ["waiting", "À rendre"],
  late: ["bad", "En retard"],
  given: ["good", "Rendu"],
  recused: ["neutral", "Récusé"],
};
const SIRET = "holder.siret";
const dayOf = (written) => dayIn("UTC", `${written}T00:00:00Z`);
const nameOf = (dossier) => `Dossier …${dossier.slice(-6)}`;

function badge(state) {
  const [tone, words] = STATES[state];
  return element("span", words, { className: `badge ${tone}` });
}

function row(review) {
  const made = element("tr");
  const head = element("th", "", { scope: "row" });
  head.append(element("a", nameOf(review.candidature_id), { href: `/evaluations/${review.candidature_id}` }));
  const due = element("td", dayOf(review.due_on));
  due.dataset.label = "À rendre le";
  const wave = element("td", review.wave);
  wave.dataset.label = "Vague";
  const state = element("td");
  state.append(badge(review.state));
  made.append(head, wave, due, state);
  return made;
}

const waits = (review) => review.state === "asked" || review.state === "late";

async function showList() {
  const { reviews } = await ask("eligibility.my-reviews", ROLE);
  const waiting = reviews.filter(waits).length;
  const sorted = [...reviews].sort((one, other) => waits(other) - waits(one));
  find("reviews-lead").textContent =
    reviews.length === 0 ? "Aucun dossier ne vous est confié pour l'instant." : `${waiting} sur ${reviews.length} à rendre.`;
  find("reviews").hidden = reviews.length === 0;
  find("reviews").tBodies[0].replaceChildren(...sorted.map(row));
}

const dossier = () => find("reviewing").dataset.dossier;
const draftName = () => `avis ${find("signer").dataset.person} ${dossier()}`;

function valueAt(file, path) {
  return path.split(".").reduce((part, name) => part?.[name], file);
}

function showField(place, file) {
  const found = [valueAt(file, place.dataset.field)].flat().filter((value) => value !== null && value !== undefined && value !== "");
  const words = JSON.parse(place.dataset.words);
  const told = (value) => (place.dataset.field === SIRET ? siret(value) : wordOf(words, value));
  place.textContent = found.map(told).join(", ");
  place.parentElement.hidden = found.length === 0;
}

function showFile(file) {
  find("dossier-name").textContent = file.place.name;
  document.querySelectorAll("[data-field]").forEach((place) => showField(place, file));
  const years = file.budget.requested_cents.map((cents, year) => element("li", `Année ${year + 1} : ${euros(cents)}`));
  find("budget").replaceChildren(...years);
  find("attached").replaceChildren(...filesShown(file, ROLE, JSON.parse(find("attached").dataset.kinds)));
}

const criteria = () => [...document.querySelectorAll("[data-criterion]")];

function typed() {
  const form = new FormData(find("grid"));
  const marks = {};
  const comments = {};
  for (const { id } of criteria()) {
    if (form.has(`marks.${id}`)) marks[id] = Number(form.get(`marks.${id}`));
    if (form.get(`comments.${id}`).trim()) comments[id] = form.get(`comments.${id}`).trim();
  }
  return { marks, comments, comment: form.get("comment").trim() };
}

function fill({ marks = {}, comments = {}, comment = "" }) {
  const fields = find("grid").elements;
  for (const { id } of criteria()) {
    if (id in marks) fields[`marks.${id}`].value = String(marks[id]);
    fields[`comments.${id}`].value = comments[id] ?? "";
  }
  fields.comment.value = comment;
}

// What is typed stays in this browser until it was taken.
function keepTyped() {
  keepDraft(draftName(), typed());
  find("kept").textContent = "Gardé dans ce navigateur.";
}

function mistakesIn(said) {
  const below = Number(find("grid").dataset.commentBelow);
  const found = [];
  for (const { id } of criteria()) {
    if (!(id in said.marks)) found.push({ field: `marks.${id}`, message: "Donnez une note." });
    else if (said.marks[id] < below && !(id in said.comments)) found.push({ field: `comments.${id}`, message: "Dites pourquoi cette note." });
  }
  if (!said.comment) found.push({ field: "comment", message: "Donnez votre avis d'ensemble." });
  return found;
}

async function give(event) {
  event.preventDefault();
  const said = typed();
  const found = mistakesIn(said);
  showMistakes(find("grid"), found);
  if (found.length > 0) return;
  const came = await signAct({
    form: find("grid"),
    fact: "frontdesk.review.submitted.v1",
    dossier: dossier(),
    role: ROLE,
    said: { candidature_id: dossier(), ...said },
    title: "Signer votre avis",
    follows: `${Object.entries(said.marks).map(([id, mark]) => `${find(id).querySelector("legend").textContent} : ${mark}`).join(" · ")}. `
      + "Vos notes entrent dans le classement. Un nouvel avis remplace celui-ci tant que vous n'avez pas lu ceux des autres et que la liste n'est pas arrêtée.",
  });
  if (came?.came === "accepted") {
    forgetDraft(draftName());
    find("kept").textContent = "";
    await ownReview();
  }
}

async function recuse(event) {
  event.preventDefault();
  const reason = find("reason").value.trim();
  const missing = { field: "reason", message: "Dites en une phrase pourquoi." };
  showMistakes(find("recuse"), reason ? [] : [missing]);
  if (!reason) return;
  const came = await signAct({
    form: find("recuse"),
    fact: "frontdesk.review.recused.v1",
    dossier: dossier(),
    role: ROLE,
    said: { candidature_id: dossier(), reason },
    title: "Vous récuser",
    follows: "Le dossier ne vous est plus ouvert, et une autre personne est désignée. C'est définitif.",
  });
  if (came?.came === "accepted") await ownReview();
}

// How the review stands. The dossier itself is read once: each reading is written down.
async function ownReview() {
  const { reviews } = await ask("eligibility.my-reviews", ROLE);
  const own = reviews.find((review) => review.candidature_id === dossier());
  if (!own) throw new Told("Ce dossier ne vous est pas confié, ou il a été retiré.");
  find("dossier-state").replaceChildren(badge(own.state), ` Vague ${own.wave}, à rendre le ${dayOf(own.due_on)}.`);
  find("reviewing").hidden = own.state === "recused";
  if (own.state === "recused") forgetDraft(draftName());
  return own;
}

async function showReviewing() {
  const own = await ownReview();
  if (own.state === "recused") return;
  showFile(await ask("intake.file", ROLE, { candidature_id: dossier() }));
  const draft = draftOf(draftName());
  fill(draft ?? own);
  if (draft) find("kept").textContent = "Ce que vous aviez écrit ici est revenu ; ce n'est pas encore envoyé.";
}

async function shown(work) {
  try {
    await work();
  } catch (failure) {
    const waiting = find("reviews-lead") ?? find("dossier-state");
    waiting.textContent = "";
    find("told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
    if (!(failure instanceof Told)) throw failure;
  }
}

if (find("reviews")) shown(showList);
if (find("reviewing")) {
  find("grid").addEventListener("input", keepTyped);
  find("grid").addEventListener("submit", (event) => shown(() => give(event)));
  find("recuse").addEventListener("submit", (event) => shown(() => recuse(event)));
  shown(showReviewing);
}
