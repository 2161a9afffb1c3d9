// Mistakes in a form that is signed: each at its field, and all in a summary that leads there.
//
//   showMistakes(form, mistakes): each is { field, message }, by the name of the form's field or of what it
//     holds, such as `strengths.2`; none takes away those that were shown. The summary is in the form's `.told`.
//   titleOf(form, field) -> what people know the field by; empty where the form has none of that name
import { element } from "./elements.js";

// The field itself, or the choices that it is one of.
function fieldOf(form, name) {
  for (let path = name; path; path = path.slice(0, Math.max(path.lastIndexOf("."), 0))) {
    const found = form.querySelector(`[name="${CSS.escape(path)}"]`);
    if (found) return ["radio", "checkbox"].includes(found.type) ? found.closest("fieldset") : found;
  }
}

export function titleOf(form, name) {
  const field = form && fieldOf(form, name);
  if (!field) return "";
  return (field.closest("fieldset")?.querySelector("legend") ?? field.labels[0]).textContent;
}

function tellAtField(field, words) {
  const told = element("p", words, { className: "mistake" });
  told.dataset.told = "";
  if (field.tagName === "FIELDSET") field.querySelector("legend").after(told);
  else field.before(told);
}

function mark(field, isWrong) {
  field.classList.toggle("wrong", isWrong);
  if (field.tagName !== "FIELDSET") field.setAttribute("aria-invalid", String(isWrong));
}

function lineOf(form, { field: name, message }) {
  const field = fieldOf(form, name);
  if (!field) return element("li", message);
  field.id ||= `champ-${name}`;
  const line = element("li");
  line.append(element("a", titleOf(form, name), { href: `#${field.id}` }), ` : ${message}`);
  return line;
}

export function showMistakes(form, mistakes) {
  const box = form.querySelector(".told");
  form.querySelectorAll("p[data-told]").forEach((old) => old.remove());
  form.querySelectorAll(".wrong").forEach((field) => mark(field, false));
  box.replaceChildren();
  if (mistakes.length === 0) return;
  const list = element("ul");
  list.append(...mistakes.map((one) => lineOf(form, one)));
  const summary = element("div", "", { className: "summary", tabIndex: -1 });
  summary.setAttribute("role", "alert");
  const head = mistakes.length === 1 ? "1 point est à corriger" : `${mistakes.length} points sont à corriger`;
  summary.append(element("h3", head), list);
  box.append(summary);
  for (const { field: name, message } of mistakes) {
    const field = fieldOf(form, name);
    if (!field) continue;
    mark(field, true);
    tellAtField(field, message);
  }
  summary.focus();
}
