// The parts of a page that its scripts find and make.
export const find = (id) => document.getElementById(id);

// The word for a value; the value itself where there is none, such as "constructor", which every object has.
export const wordOf = (words, value) => (Object.hasOwn(words, value) ? words[value] : String(value));

const MONEY = { style: "currency", currency: "EUR", trailingZeroDisplay: "stripIfInteger" };
const money = new Intl.NumberFormat("fr-FR", MONEY);
const plain = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 6 });
const withMinus = (written) => written.replace("-", "−");
export const numeral = (value) => withMinus(plain.format(value));
export const euros = (cents) => withMinus(money.format(cents / 100));

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
