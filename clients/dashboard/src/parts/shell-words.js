// Words of a command as a POSIX shell takes them, whatever is in them; and nothing that a terminal would obey when the
// command is pasted.

// Anything but a line break that is no printable character: a terminal would act on it.
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

/**
 * One word.
 *
 * @param {string} text
 */
export function quoted(text) {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Whether text can stand in a command as it is.
 *
 * @param {string} text
 */
export function isPrintable(text) {
  return !OBEYED.test(text);
}

/**
 * A command that prints exactly the text: everything that is not plain is written as an octal number.
 *
 * @param {string} text
 */
export function printing(text) {
  const bytes = new TextEncoder().encode(text);
  const written = Array.from(bytes, (byte, at) => {
    const character = String.fromCharCode(byte);
    // A dash in front would be an option.
    const isPlain = /[A-Za-z0-9 _.,:;/@+=!?()]/.test(character) || (character === "-" && at > 0);
    return isPlain ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `printf '${written.join("")}'`;
}
