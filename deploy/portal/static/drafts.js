// What officers and reviewers type stays in their browser until it was taken, given up, or the key is erased.
const PREFIX = "fabriques ";

export const draftOf = (name) => JSON.parse(localStorage.getItem(PREFIX + name));
export const keepDraft = (name, typed) => localStorage.setItem(PREFIX + name, JSON.stringify(typed));
export const forgetDraft = (name) => localStorage.removeItem(PREFIX + name);

export function forgetDrafts() {
  Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).forEach((name) => localStorage.removeItem(name));
}
