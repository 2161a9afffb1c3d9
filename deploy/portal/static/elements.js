// The parts of a page that its scripts find and make.
export const find = (id) => document.getElementById(id);

export function element(tag, words = "", attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(words);
  return made;
}

export function notice(tone, ...lines) {
  const told = element("div", "", { className: `notice ${tone}` });
  told.append(...lines.map((line) => element("p", line)));
  return told;
}
