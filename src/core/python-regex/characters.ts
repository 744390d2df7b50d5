/** Which characters Python's classes hold: by Unicode, or by ASCII under the flag `a`. Characters are code points. */

export type CharacterTest = (code: number) => boolean;

const ASCII: Readonly<Record<string, RegExp>> = { w: /^[A-Za-z0-9_]$/, d: /^[0-9]$/, s: /^[ \t\n\r\f\v]$/ };
/** `str.isalnum` or `_`; `str.isdecimal`; `str.isspace`. */
const UNICODE: Readonly<Record<string, RegExp>> = {
  w: /^[\p{L}\p{N}_]$/u,
  d: /^\p{Nd}$/u,
  s: /^[\p{Z}\u0085]$/u,
};

/** The test behind `\w`, `\D` and the like; undefined for any other letter. */
export function categoryTest(letter: string, ascii: boolean): CharacterTest | undefined {
  const lower = letter.toLowerCase();
  const inAscii = ASCII[lower];
  const inUnicode = UNICODE[lower];
  if (inAscii === undefined || inUnicode === undefined) return undefined;
  const table = Uint8Array.from({ length: 128 }, (_, code) => Number(inAscii.test(String.fromCharCode(code))));
  if (lower === "s" && !ascii) table.fill(1, 0x1c, 0x20); // the four separators are blanks to Python
  const beyond = ascii ? () => false : (code: number) => inUnicode.test(String.fromCodePoint(code));
  const test: CharacterTest = (code) => (code < 128 ? table[code] === 1 : beyond(code));
  return letter === lower ? test : (code) => !test(code);
}

/** The same test in any case of the letter. */
export function foldCase(test: CharacterTest): CharacterTest {
  return (code) => {
    if (test(code)) return true;
    const text = String.fromCodePoint(code);
    return [text.toLowerCase(), text.toUpperCase()].some((other) => {
      const single = other.codePointAt(0)!;
      return String.fromCodePoint(single) === other && test(single);
    });
  };
}

export function sameIgnoringCase(a: number, b: number): boolean {
  return a === b || foldCase((code) => code === b)(a);
}
