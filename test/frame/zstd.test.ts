import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zstd } from "../../src/frame/columnar/codec/zstd.js";
import { FileFormatError } from "../../src/torch/index.js";

// 21 blocks by the Python package zstandard 0.25 at level 19: literals in one and in four streams, prefix codes and states
// that are the ones before, repeated distances.
const blocks = [
  "KLUv/QBotAsAxqtcC9APJEmSJMkHACgPWABYAFgALo4o2RYlAVkfxLD4CM/IlCYneq7x4SediaC/LyhjKrr5ynxPk54PktVJOsc9qqwroP35zE",
  "74RHooiXysj+WX6JOPRX7tSp643ovIMpdeooACzN4QP8MZFbvyfynnFAoIchrI1Hyo3VdPZ4tM77AS4loWVLzR4vhjBD4EtHOH17K6ruj+7s9t",
  "WDLezvQCULJXX4GPy7xdRc+/xHXwLZXWFI1vz7YISo6e6vzrpWRxTRKAp21jIdTa2QD2lnmy+GeNyMxZ/adQG9b12VXFoaQfsA5qwF6wQbFpnz",
  "e9Pq3eklAANIoRHKOeMAM+NCbbcrPH/7YDwfXWNYHLHBtF9uGboqE2mpRgaYQRoFsTggMxBt98bcy/lilY4F8ELORwnQ/SR6Ilo0LvtUZzAwCV",
  "doCBx3mNDnXZSDzzXDNQvd/FyetQrNTsonjEHik7bg+mXtPya7fKJXTcNPkjFOl6Qaa5GACEAwCCBA4RwOtwobXlr2zbSsomWSHM6QGHjnHB/P",
  "H/ByG6Y5wKcWD3XEKGsFclAGjmoWNc/p8LWi2jWUvMGCGocbQtLtYzEEPdDhBY5BYra+C0TKed18wbJUG0SdX51/iu6DWCOgroxitsnkk2NFYg",
  "R8MqnAIAc4MHCRIkZmYK8HwKgok5AiHPMcQQ4hp2Dx4CUf0AP/gDJOhw48I8MNCkC1PIcHlTFUwXIO76yF8YtWOf/QsQpYnaHvYCC+JrQv4wnK",
  "LH3HgbbSQcAgDTwwjnAh5CUAUKCAAA6BMkyHBwkAQBAgAIEWKMTCFQ7JKHcKGaASOsEGgf8FkDYTJMfEQ5Ah0CaA7bPe2qXC/r60QDTAIAE8MG",
  "Y4glZEcQF6pfoEJDali9DoC6SRB8gA0odOyCI6wg5gNglUitAccyRskOPul9CZTkKUB1ppZarCzor3ztYMfvrJJB0cna6VwCANNCBppJDp5DHF",
  "OEJSMMoWFBECGDeFiBYQiS/9Af4GAnKVA6dnhoeAWDvQXjZPBt5TIsLl9uWzQDNEt5uT+AOy+nR/fycnl0+DUUGyQCAFODB4eOUSAyAKEHSwTY",
  "oAgEOFkdI2wQurhgNzeM3AOJGyL4IMyh1Wrl8BcNG9Xq8jxvQFIjpwgdsPt7NY/y29D9xP0BlAIAE0MHBIwRRg5BxIcAiwNHIELHBRCCPBdFJq",
  "oQCwQAQAQi6FAnUehqINA0ClOoVgNEvjp1eA0F3Dl+sz511DyLb3uizvapyQHMxcf0hwZ4h6ChAiQCAGOECednIERRiS45IB/jSfDiJ5h7JEDD",
  "yRirHyMQcDFA5ndo+MMQA3UEI6wQGB/w9TqeULtEyj8rUi+EXUh3LoJFYh4BfAIA80IGAOAB/gAP8Il/4jHxT7yGJERzkAUpSMglASKoQNwHID",
  "UjxyAIMgxTUMMBz/jf21fWFl6cpWEJUCG/JauHEPU345NzN25iejTmlm1CAYQCAGMDBznIxRDjGlaADBuI/mPBDzR/zP/4fyxeNxCiAB8j6DAv",
  "Z6sBEFhjJyloOjhZIKqpfRABWuZAycPTWlUNoZ0NCYTz5/TAFHTOEq7X/yAdXAIAQwMHmAcAEARCDJKZYiSKFUkeNh9SEyiOBM/jnyOQfCLsYC",
  "dJoaED5vH1Dgqs0Tlv4bZAuNBqCYKABnYkpo5Zc2L+NsDv/KPtfxAZ/AEAQ0MHmgBo2IPUMBBcNxVBgg0JdCQACYImICKBPkGGBA8k7OC1OopE",
  "6M7sIqG2Oru2Ur2yGvOqMpdm9Vv64MgTpAIAswIGJ8JqCCBohgUPQySGPBlDl6wIK64g6FUfIaBQpg8wJ5F0MTvkUA0sAFwGDxbIUjkjz9YoCj",
  "QrWhwKFv/V4SBJWuzxauUuAvPCdrmYFVG+j5QChAIA84IGJ2J1jN0gwuLqbgDPDQv+PTgJ4vgRAhFkhAck6GApLajWIBBZhiloNWcxNpM1E0nh",
  "Q0Ar30ioT7sNNnp+COgiz4yTT1PynzCFv/KP1gJEAgBTgwcHRFwgGIKcCIFibKYIQqwKAFIkSZEhhT4FEblBcx8j6OC1GgMRoDzlRpUstRmL1V",
  "ZCKFNLbtTJ5sI7iQ48PhjTgBgksgW8AgCzgwhecqCBfJWMQMAYIFOMrwjjuUDHCAGAIYiCHAIA8IEjAY4HIehQKzFp1iCWJKVJrQG3kT9gGOgQ",
  "2CCvv6IP/wRPfumFATCh9YSzTF/KG7SEHJvBmQK8AgCjwgUDIIrE71EDYhKyHyFTkF1CFB8I0UEEeSDo4CqyNDE8ERAFShbVVG3tATT5Hio5AW",
  "2jP3H7+pL4bpMQHndzB7n2a2H3WEzcCqH4fhdDkr9xQB7gQDEcAgAjQwZnBOGA6DFHPkX+Y3/dvCYmSMzEfGImJjlmIfgQMEdcbskDo4qXoQeG",
  "fI/ngLcGAhYCS1HBOUbYPgintBw/j5IBVAIAwwIGQeRXQUgcqQmeiTkCyCdIMcA1gAPwQMAzIuiQ4xKNARAgqFpSkMIBAu0VQOjbuQcQNIEEQL",
  "81XP0G2JXAAE+/tOY4RCCc/QOkAgBTgwcnQMcOAB4ECLqAiKBXkOEH+QQAkAMhBoJMQRLFZgYg4GCVlCxcA2ahGnoC2cXuvIDM2mOEsPiGY/Az",
  "uOEK/tkCWbvfaJjYpzAwgAOG1hVkVQYBAAA=",
];
/** Another one, at level 1: literals as they are, states as they are by default. */
const line = "KLUv/SCuVQEAqG9uZSB0d28gdGhyZWUgOyxmb3VyLgcA1tUEMQ9ws2tSOVjIySTYOKYS";
const compressed = new Uint8Array(Buffer.from(blocks.join(""), "base64"));

/** What is compressed: letters in no order, and lines that are like one another. */
function content(): Buffer {
  let letters = "";
  for (let i = 0, x = 1; i < 700; i++) {
    x = (x * 75 + 74) % 65537;
    letters += String.fromCharCode(97 + (x % 16));
  }
  const line = (i: number) => `${i} text ${i % 37} of ${(i * i) % 101}; ${"abc".repeat(i % 5)}\n`;
  return Buffer.from(letters + Array.from({ length: 240 }, (_, i) => line(i)).join(""));
}

const head = [0x28, 0xb5, 0x2f, 0xfd, 0, 0]; // no size, a window of 1 KB
/** A block: the last one or not, its kind, a size, and bytes. */
const block = (isLast: boolean, kind: number, size: number, bytes: readonly number[]) => {
  const word = (size << 3) | (kind << 1) | (isLast ? 1 : 0);
  return [word & 255, (word >> 8) & 255, word >> 16, ...bytes];
};
const bytes8 = [1, 2, 3, 4, 5, 6, 7, 8];
const frame = (...rest: readonly number[][]) => Uint8Array.from([...head, ...rest.flat()]);

describe("zstd", () => {
  it("decompresses every form of blocks", () => {
    const expected = content();
    expect(Buffer.compare(zstd(compressed, expected.length), expected)).toBe(0);
    const text = "one two three one two three; one two, one two three four. ".repeat(3);
    expect(Buffer.from(zstd(Buffer.from(line, "base64"), text.length)).toString()).toBe(text);
    expect([...zstd(frame(block(false, 0, 2, [7, 8]), block(true, 1, 3, [9])), 5)]).toEqual([7, 8, 9, 9, 9]);
    expect(zstd(new Uint8Array(), 0).length).toBe(0);
  });

  it("decompresses frames behind one another, and passes over what is in between", () => {
    const one = frame(block(true, 1, 4, [5]));
    const skipped = [0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    expect([...zstd(Uint8Array.from([...one, ...skipped, ...one]), 8)]).toEqual([5, 5, 5, 5, 5, 5, 5, 5]);
  });

  it.each<[string, number, Uint8Array]>([
    ["a size that the blocks do not reach", 2 ** 40, compressed],
    ["a size that is another one", content().length - 1, compressed],
    ["the end in the middle", content().length, compressed.subarray(0, 900)],
    ["a copy from before the beginning", 40, frame(block(true, 2, 9, [0x08, 65, 1, 0x54, 0, 5, 0, 0, 1]))],
    // One symbol with all states takes no bits: such weights have no end.
    ["weights without an end", 4, frame(block(true, 2, 10, [0x42, 0x80, 1, 4, 0xf0, 3, 0xff, 0x7f, 1, 0]))],
    // 65,280 sequences that copy 34 bytes each, in nine bytes.
    [
      "copies of more than all",
      1000,
      frame(block(false, 0, 8, bytes8), block(true, 2, 9, [0, 255, 0, 128, 0x54, 0, 0, 31, 1])),
    ],
    ["a dictionary that is not there", 5, Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 1, 0, 7, 0, 0, 0])],
    ["bytes of another kind", 5, Uint8Array.from([1, 2, 3, 4, 5])],
  ])("refuses %s", (_, size, bytes) => {
    expect(() => zstd(bytes, size)).toThrow(FileFormatError);
    expect(() => zstd(bytes, size)).toThrow(/expected compressed data \(zstd\), got/);
  });

  it("makes as many bytes as it was asked for, or throws, whatever is damaged", () => {
    const { length } = content();
    const place = fc.nat({ max: compressed.length - 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }), (changes) => {
        const copy = compressed.slice();
        for (const [at, byte] of changes) copy[at] = byte;
        let made = length;
        try {
          made = zstd(copy, length).length;
        } catch (error) {
          // A table that is cut off ends where the memory does.
          expect(error instanceof FileFormatError || error instanceof RangeError).toBe(true);
        }
        expect(made).toBe(length);
      }),
      { numRuns: 500 },
    );
  });
});
