// Days and numbers as French readers expect them.
const NO_BREAK = "\u00a0";
const unbroken = (written) => written.replaceAll(" ", NO_BREAK);

// An instant as a calendar day: `1er mars 2022`.
export function dayIn(timeZone, instant) {
  const day = new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeZone });
  return unbroken(day.format(new Date(instant)).replace(/^1 /, "1er "));
}

// `73282932000074` as people read it: `732 829 320 00074`. What is no SIRET stays as it is.
export const siret = (written) => unbroken(written.replace(/^(\d{3})(\d{3})(\d{3})(\d{5})$/, "$1 $2 $3 $4"));
