// What helps where scripts run; without them every page does the same.
"use strict";

const KEEP_AFTER_MS = 1500;
const TOO_MANY = 429;
const SUGGEST_AFTER_MS = 200;
const SUGGEST_FROM_LETTERS = 2;
const grouped = new Intl.NumberFormat("fr-FR");

function later(work, delayMs) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), delayMs);
  };
}

function count(text) {
  const told = document.getElementById(text.dataset.count);
  const show = () => {
    told.textContent = `${grouped.format(text.value.length)} caractère${text.value.length > 1 ? "s" : ""} sur ${grouped.format(text.maxLength)}`;
  };
  text.addEventListener("input", show);
}

// Saves while somebody types; leaving with something unsaved sends it along.
function keep(form) {
  const told = form.querySelector(".kept");
  let saved = true;
  const body = () => new URLSearchParams(new FormData(form));
  const save = later(async () => {
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: body() });
      saved = answer.ok;
      told.textContent = saved ? "Gardé." : "Pas gardé : enregistrez la page.";
      if (answer.status === TOO_MANY) save();
    } catch {
      told.textContent = "La connexion est coupée : ne fermez pas la page.";
    }
  }, KEEP_AFTER_MS);
  form.addEventListener("input", () => {
    saved = false;
    told.textContent = "";
    save();
  });
  form.addEventListener("submit", () => { saved = true; });
  addEventListener("pagehide", () => {
    if (!saved) navigator.sendBeacon(form.dataset.keep, body());
  });
}

// What is typed in an act stays in this tab until another page says that it was taken; the server's words come first.
const SENT = "fabriques envoi";
const typedName = (path) => `fabriques saisie ${path}`;

function restoreTyped(form) {
  const typed = JSON.parse(sessionStorage.getItem(typedName(location.pathname)) ?? "null");
  if (!typed || document.getElementById("erreurs")) return;
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden") continue;
    const given = typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
    else field.value = given[0] ?? "";
  }
  form.querySelector(".kept").textContent = "Ce que vous aviez écrit ici est revenu ; ce n'est pas encore envoyé.";
}

function keepTyped(form) {
  restoreTyped(form);
  const hidden = new Set([...form.querySelectorAll("input[type=hidden]")].map((field) => field.name));
  form.addEventListener("input", () => {
    const typed = [...new FormData(form)].filter(([name]) => !hidden.has(name));
    sessionStorage.setItem(typedName(location.pathname), JSON.stringify(typed));
  });
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, location.pathname));
}

function forgetSent() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && sent !== location.pathname) sessionStorage.removeItem(typedName(sent));
}

function suggest(input) {
  const list = document.getElementById(input.getAttribute("list"));
  const ask = later(async () => {
    if (input.value.trim().length < SUGGEST_FROM_LETTERS) return;
    const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(input.value)}`);
    if (!answer.ok) return;
    const options = (await answer.json()).map((name) => {
      const option = document.createElement("option");
      option.value = name;
      return option;
    });
    list.replaceChildren(...options);
  }, SUGGEST_AFTER_MS);
  input.addEventListener("input", ask);
}

// The server draws a part of the page anew while somebody looks; a button holds it still.
function live(part) {
  const hold = document.getElementById(part.dataset.hold);
  const told = document.getElementById(part.dataset.told);
  let source = null;
  const draw = (said) => {
    const opened = [...part.querySelectorAll("details[open]")].map((one) => one.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = said.data;
    opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (focused) document.getElementById(focused)?.focus();
    told.textContent = "";
  };
  const follow = () => {
    source = new EventSource(part.dataset.live);
    source.addEventListener("message", draw);
    source.addEventListener("error", () => {
      told.textContent = "La connexion est coupée : ce que vous voyez n'est plus à jour.";
    });
    hold.textContent = "Figer la page";
  };
  const stop = () => {
    source.close();
    source = null;
    hold.textContent = "Reprendre";
  };
  hold.hidden = false;
  hold.addEventListener("click", () => (source ? stop() : follow()));
  follow();
}

document.querySelectorAll("[data-live]").forEach(live);
document.querySelectorAll("textarea[data-count]").forEach(count);
document.querySelectorAll("form[data-keep]").forEach(keep);
forgetSent();
document.querySelectorAll("form[data-typed]").forEach(keepTyped);
document.querySelectorAll("input[data-suggest]").forEach(suggest);
document.querySelectorAll("button[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
const summary = document.getElementById("erreurs");
if (summary) summary.focus();
