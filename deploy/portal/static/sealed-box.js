// A NaCl sealed box, opened in the browser: X25519 by the browser itself, the rest (XSalsa20, Poly1305 and one
// block of BLAKE2b) written out here. The key is made for one answer and cannot be read, by this page neither.

const KEY_BYTES = 32;
const TAG_BYTES = 16;
const NONCE_BYTES = 24;
const WORD_MASK = (1n << 64n) - 1n;
const SALSA_WORDS = new Uint32Array(new TextEncoder().encode("expand 32-byte k").buffer);

class BoxUnreadable extends Error {}

export async function newBox() {
  const pair = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
  return { pair, publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) };
}

// The bytes that were sealed to this box. Throws BoxUnreadable where a byte is not as it was sealed.
export async function openSealed(box, sealed) {
  const theirs = sealed.subarray(0, KEY_BYTES);
  const tag = sealed.subarray(KEY_BYTES, KEY_BYTES + TAG_BYTES);
  const closed = sealed.subarray(KEY_BYTES + TAG_BYTES);
  const nonce = blake2bOfBlock(joined(theirs, box.publicKey), NONCE_BYTES);
  const stream = xsalsa20(hsalsa20(await sharedSecret(box, theirs), new Uint8Array(16)), nonce, KEY_BYTES + closed.length);
  if (!same(poly1305(stream.subarray(0, KEY_BYTES), closed), tag)) throw new BoxUnreadable();
  return closed.map((byte, at) => byte ^ stream[KEY_BYTES + at]);
}

async function sharedSecret(box, theirs) {
  const publicKey = await crypto.subtle.importKey("raw", theirs, { name: "X25519" }, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: publicKey }, box.pair.privateKey, 256);
  return new Uint8Array(bits);
}

function joined(one, other) {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function words(bytes) {
  return new Uint32Array(bytes.slice().buffer);
}

// Salsa20's square of words: constants on the diagonal, the key in two halves, nonce and counter between.
function square(key, middle) {
  const k = words(key);
  const [a, b, c, d] = SALSA_WORDS;
  return Uint32Array.of(a, k[0], k[1], k[2], k[3], b, ...middle, c, k[4], k[5], k[6], k[7], d);
}

const COLUMNS = [[0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11]];
const ROWS = [[0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14]];
const STEPS = [[1, 0, 3, 7], [2, 1, 0, 9], [3, 2, 1, 13], [0, 3, 2, 18]];

function twentyRounds(start) {
  const x = start.slice();
  for (let round = 0; round < 20; round += 2) {
    for (const line of [...COLUMNS, ...ROWS]) {
      for (const [to, one, other, turn] of STEPS) {
        const sum = (x[line[one]] + x[line[other]]) >>> 0;
        x[line[to]] ^= (sum << turn) | (sum >>> (32 - turn));
      }
    }
  }
  return x;
}

function hsalsa20(key, input) {
  const x = twentyRounds(square(key, words(input)));
  return new Uint8Array(Uint32Array.of(x[0], x[5], x[10], x[15], x[6], x[7], x[8], x[9]).buffer);
}

function xsalsa20(key, nonce, length) {
  const subkey = hsalsa20(key, nonce.subarray(0, 16));
  const rest = words(nonce.subarray(16));
  const stream = new Uint8Array(Math.ceil(length / 64) * 64);
  for (let block = 0; block * 64 < length; block += 1) {
    const start = square(subkey, [rest[0], rest[1], block, 0]);
    const mixed = twentyRounds(start).map((word, at) => word + start[at]);
    stream.set(new Uint8Array(mixed.buffer), block * 64);
  }
  return stream.subarray(0, length);
}

function numberOf(bytes) {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function bytesOf(number, length) {
  return Uint8Array.from({ length }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));
}

function poly1305(key, text) {
  const prime = (1n << 130n) - 5n;
  const factor = numberOf(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < text.length; at += 16) {
    const block = text.subarray(at, at + 16);
    sum = ((sum + numberOf(block) + (1n << BigInt(8 * block.length))) * factor) % prime;
  }
  return bytesOf(sum + numberOf(key.subarray(16)), TAG_BYTES);
}

const BLAKE_START = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const BLAKE_ORDER = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
const BLAKE_LINES = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];

// BLAKE2b of at most one block, without a key.
function blake2bOfBlock(text, length) {
  const block = new Uint8Array(128);
  block.set(text);
  const said = Array.from({ length: 16 }, (_, at) => numberOf(block.subarray(8 * at, 8 * at + 8)));
  const begun = BLAKE_START.slice();
  begun[0] ^= 0x01010000n ^ BigInt(length);
  const v = [...begun, ...BLAKE_START];
  v[12] ^= BigInt(text.length);
  v[14] ^= WORD_MASK;
  for (let round = 0; round < 12; round += 1) {
    const order = BLAKE_ORDER[round % 10];
    BLAKE_LINES.forEach((line, at) => mix(v, line, said[order[2 * at]], said[order[2 * at + 1]]));
  }
  const ended = begun.map((word, at) => word ^ v[at] ^ v[at + 8]);
  return new Uint8Array(new BigUint64Array(ended).buffer).subarray(0, length);
}

function mix(v, [a, b, c, d], one, other) {
  for (const [said, first, second] of [[one, 32n, 24n], [other, 16n, 63n]]) {
    v[a] = (v[a] + v[b] + said) & WORD_MASK;
    v[d] = turned(v[d] ^ v[a], first);
    v[c] = (v[c] + v[d]) & WORD_MASK;
    v[b] = turned(v[b] ^ v[c], second);
  }
}

function turned(word, by) {
  return ((word >> by) | (word << (64n - by))) & WORD_MASK;
}
