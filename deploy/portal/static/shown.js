// What officers read by a signed question, as parts of a page: a file, reviews, reports, an appeal.
import { filesShown } from "./attached.js";
import { element, euros, find, numeral, wordOf } from "./elements.js";
import { dayIn, siret } from "./written.js";

const LONG = 300;

const SIRET = "holder.siret";
const dayOf = (instant) => dayIn(find("signer").dataset.zone, instant);

function facts(title, pairs) {
  const list = element("dl");
  pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").forEach(([name, value]) => {
    const row = element("div");
    row.append(element("dt", name), element("dd", value, { className: value.length > LONG ? "long" : "" }));
    list.append(row);
  });
  return [element("h3", title), list];
}

// What a value is for a reader: choices by their words, lists with commas, yes and no.
function shown(value, words) {
  if (value === true) return "oui";
  if (value === false) return "non";
  if (typeof value === "number") return numeral(value);
  if (Array.isArray(value)) return value.map((one) => shown(one, words)).join(", ");
  if (value && typeof value === "object") return Object.values(value).map((one) => shown(one, words)).join(", ");
  return value === null || value === undefined ? "" : wordOf(words.values, value);
}

function pairsOf(part, said, words) {
  return Object.entries(said).map(([name, value]) => {
    const path = `${part}.${name}`;
    const told = path === SIRET ? siret(value) : shown(value, words);
    return [Object.hasOwn(words.names, path) ? words.names[path] : name, told];
  });
}

function fileShown(file, words, role) {
  const parts = ["holder", "place", "project"].flatMap((part) => facts(words.parts[part], pairsOf(part, file[part], words)));
  const asked = file.budget.requested_cents;
  const years = asked.map((cents, year) => [`Année ${year + 1}`, euros(cents)]);
  const total = asked.reduce((sum, cents) => sum + cents, 0);
  return [
    element("h2", `Version ${file.version}`), ...parts,
    ...facts(words.parts.budget, [...years, ["En tout", euros(total)]]),
    element("h3", words.parts.attachments), ...filesShown(file, role, words.attachments),
  ];
}

function cell(words, label, className = "number") {
  const made = element("td", words, { className });
  made.dataset.label = label;
  return made;
}

function heads(names) {
  const row = element("tr");
  row.append(...names.map((name, at) => element("th", name, { scope: "col", className: at ? "number" : "" })));
  const head = element("thead");
  head.append(row);
  return head;
}

const plus = (amount) => (amount > 0 ? "+" : "");

function spendingRow({ label, planned_cents, spent_cents, variance_cents, variance_percent }) {
  const row = element("tr");
  const percent = variance_percent === null ? "" : ` (${plus(variance_percent)}${numeral(variance_percent)}\u00a0%)`;
  row.append(element("th", label, { scope: "row" }), cell(euros(planned_cents), "Prévu"), cell(euros(spent_cents), "Dépensé"),
    cell(plus(variance_cents) + euros(variance_cents) + percent, "Écart"));
  return row;
}

function spendingShown(lines) {
  const body = element("tbody");
  body.append(...lines.map(spendingRow));
  const table = element("table", "", { className: "stacked" });
  table.append(element("caption", "Prévu et dépensé", { className: "hidden" }), heads(["Dépense", "Prévu", "Dépensé", "Écart"]), body);
  return table;
}

function reportShown(report, words) {
  const counts = Object.entries(report.indicators).map(([name, count]) => [wordOf(words.indicators, name), numeral(count)]);
  const activity = element("p", report.activity, { className: "written" });
  return [
    element("h2", `Année ${report.year}, version ${report.version}`),
    element("p", `Envoyé le ${dayOf(report.submitted_at)} : ${wordOf(words.states, report.state)}.`, { className: "soft" }),
    ...(report.returned_because ? [element("p", `Renvoyé parce que : ${report.returned_because}`)] : []),
    element("h3", "Ce qui a été fait"), activity,
    element("h3", "Prévu et dépensé"), spendingShown(report.financial_table),
    ...(counts.length ? facts("Résultats", counts) : []),
  ];
}

function reportsShown({ reports }, words) {
  if (!reports.length) return [element("p", "Aucun bilan n'a encore été envoyé.")];
  return [...reports].reverse().flatMap((report) => reportShown(report, words));
}

function reviewShown(review, words) {
  const marks = Object.entries(review.marks).map(([name, mark]) => {
    const why = Object.hasOwn(review.comments, name) ? ` – ${review.comments[name]}` : "";
    return [wordOf(words.criteria, name), `${mark} sur ${words.mark_max}${why}`];
  });
  const apart = review.recused ? " (récusé : son avis ne compte pas)" : "";
  const comment = element("p", review.comment, { className: "written" });
  return [element("h2", `${review.reviewer_id}${apart}`), comment, ...facts("Ses notes", marks)];
}

function reviewsShown({ reviews }, words) {
  if (!reviews.length) return [element("p", "Personne n'a encore rendu d'avis sur ce dossier.")];
  return reviews.flatMap((review) => reviewShown(review, words));
}

function appealShown(appeal, words) {
  const told = `Formé le ${dayOf(appeal.filed_at)} : ${wordOf(words.states, appeal.state)}.`;
  const grounds = appeal.grounds.map((one) => element("p", one, { className: "written" }));
  return [element("h2", "Ce que le porteur conteste"), element("p", told, { className: "soft" }), ...grounds];
}

function appealsShown({ appeals }, words) {
  if (!appeals.length) return [element("p", "Aucun recours n'est formé.")];
  return [...appeals].reverse().flatMap((appeal) => appealShown(appeal, words));
}

function recoveryShown(recovery, words) {
  const told = `${euros(recovery.amount_cents)} ; ${wordOf(words.states, recovery.state)}.`;
  const said = recovery.observations.map((one) => element("p", one, { className: "written" }));
  const none = element("p", `Le porteur n'a rien envoyé ici. Il peut répondre jusqu'au ${dayOf(`${recovery.answer_by}T12:00:00Z`)}, aussi par lettre ou par e-mail.`);
  return [element("h2", `Demande n° ${recovery.number}`), element("p", told, { className: "soft" }), ...(said.length ? said : [none])];
}

function recoveriesShown({ recoveries }, words) {
  if (!recoveries.length) return [element("p", "Rien n'a été demandé en retour.")];
  return [...recoveries].reverse().flatMap((recovery) => recoveryShown(recovery, words));
}

export const SHOWN = { file: fileShown, reports: reportsShown, reviews: reviewsShown, appeals: appealsShown, recoveries: recoveriesShown };
