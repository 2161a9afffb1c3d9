// Officers' pages: a dossier is read by a signed question; a form of class `act` says what it will sign.
import { element, find, notice } from "./elements.js";
import { ask, signAct, wordsOf } from "./signed.js";

const UNFORESEEN = "Quelque chose d'imprévu est arrivé : rechargez la page.";
const euros = (cents) => new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR", trailingZeroDisplay: "stripIfInteger" }).format(cents / 100);

function facts(title, pairs) {
  const list = element("dl");
  pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").forEach(([name, value]) => {
    const row = element("div");
    row.append(element("dt", name), element("dd", value, { className: value.length > 300 ? "long" : "" }));
    list.append(row);
  });
  return [element("h3", title), list];
}

// What a value is for a reader: choices by their words, lists with commas, yes and no.
function shown(value, words) {
  if (value === true) return "oui";
  if (value === false) return "non";
  if (Array.isArray(value)) return value.map((one) => shown(one, words)).join(", ");
  if (value && typeof value === "object") return Object.values(value).map((one) => shown(one, words)).join(", ");
  return value === null || value === undefined ? "" : (words.values[value] ?? String(value));
}

function pairsOf(part, said, words) {
  return Object.entries(said).map(([name, value]) => [words.names[`${part}.${name}`] ?? name, shown(value, words)]);
}

function fileShown(file, words) {
  const parts = ["holder", "place", "project"].flatMap((part) => facts(words.parts[part], pairsOf(part, file[part], words)));
  const asked = file.budget.requested_cents;
  const years = asked.map((cents, year) => [`Année ${year + 1}`, euros(cents)]);
  const total = asked.reduce((sum, cents) => sum + cents, 0);
  return [element("h2", `Version ${file.version}`), ...parts, ...facts(words.parts.budget, [...years, ["En tout", euros(total)]])];
}

async function read(section, version) {
  find("read-told").replaceChildren(element("p", "La clé signe, la plateforme répond…"));
  try {
    const said = { candidature_id: section.dataset.dossier, version };
    const file = await ask("intake.file", section.dataset.role, said);
    find("read-told").replaceChildren();
    find("read-file").replaceChildren(...fileShown(file, JSON.parse(section.dataset.words)));
    find("read-file").focus();
  } catch (failure) {
    find("read-told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
}

// What the page decided to say, the boxes that were ticked, and the reason.
function saidBy(form) {
  const said = JSON.parse(form.dataset.said);
  form.querySelectorAll("input[type=checkbox]").forEach((box) => {
    said[box.name] ??= [];
    if (box.checked) said[box.name].push(box.value);
  });
  form.querySelectorAll("input[type=text]").forEach((field) => { said[field.name] = field.value.trim() || null; });
  return { reason: form.elements.reason.value.trim(), ...said };
}

async function act(event) {
  event.preventDefault();
  const form = event.target;
  const { fact, dossier, role, title, follows } = form.dataset;
  try {
    const came = await signAct({ fact, dossier, role, title, follows, said: saidBy(form) });
    if (came?.came === "accepted") location.reload();
  } catch (failure) {
    form.querySelector(".told").replaceChildren(notice("bad", wordsOf(failure, UNFORESEEN)));
  }
}

const section = find("read");
section?.querySelectorAll("button[data-version]").forEach((button) => {
  button.addEventListener("click", () => read(section, Number(button.dataset.version)));
});
document.querySelectorAll("form.act").forEach((form) => form.addEventListener("submit", act));
