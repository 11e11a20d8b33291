import { describe, expect, expectTypeOf, it } from "vitest";
import {
  manualSeed,
  memory,
  OptionError,
  randn,
  ShapeError,
  scope,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

const { packPaddedSequence, packSequence, padPackedSequence, padSequence, unpackSequence, PackedSequence } = nn.utils;

describe("TOR-7: recurrent layers", () => {
  it("give back the kind of sequences they get, in the types too", () => {
    scope(() => {
      const lstm = new nn.LSTM(3, 4);
      const [out, [hidden, cell]] = lstm(randn([5, 2, 3]));
      expectTypeOf(out).toEqualTypeOf<Tensor>();
      expect([out.shape, hidden.shape, cell.shape]).toEqual([
        [5, 2, 4],
        [1, 2, 4],
        [1, 2, 4],
      ]);
      const [packed, state] = new nn.GRU(3, 4)(packSequence([randn([3, 3]), randn([1, 3])]));
      expectTypeOf(packed).toEqualTypeOf<nn.utils.PackedSequence>();
      expect(packed).toBeInstanceOf(PackedSequence);
      expect([packed.data.shape, state.shape]).toEqual([
        [4, 4],
        [1, 2, 4],
      ]);
    });
  });

  it("packed sequences give what each sequence gives alone, in the caller's order", () => {
    scope(() => {
      manualSeed(1);
      const gru = new nn.GRU(3, 4, { numLayers: 2, bidirectional: true });
      const sequences = [2, 5, 3].map((length) => randn([length, 3]));
      const [packed, state] = gru(packSequence(sequences, { enforceSorted: false }));
      const outputs = unpackSequence(packed);
      for (const [i, sequence] of sequences.entries()) {
        const [out, alone] = gru(sequence);
        expect(outputs[i]).toBeClose(out.toArray());
        expect(state.select(1, i)).toBeClose(alone.toArray());
      }
    });
  });

  it("states of packed sequences are in the caller's order", () => {
    scope(() => {
      const lstm = new nn.LSTM(2, 3);
      const sequences = [1, 4, 2].map((length) => randn([length, 2]));
      const start: [Tensor, Tensor] = [randn([1, 3, 3]), randn([1, 3, 3])];
      const [, [hidden, cell]] = lstm(packSequence(sequences, { enforceSorted: false }), start);
      for (const [i, sequence] of sequences.entries()) {
        const [, alone] = lstm(sequence, [start[0].select(1, i), start[1].select(1, i)]);
        expect(hidden.select(1, i)).toBeClose(alone[0].toArray());
        expect(cell.select(1, i)).toBeClose(alone[1].toArray());
      }
    });
  });

  it("a state carries on where a call ended, alike for cells and layers", () => {
    scope(() => {
      const lstm = new nn.LSTM(3, 4);
      const x = randn([6, 2, 3]);
      const [whole] = lstm(x);
      const [, state] = lstm(x.narrow(0, 0, 2));
      const [rest] = lstm(x.narrow(0, 2, 4), state);
      expect(rest).toBeClose(whole.narrow(0, 2, 4).toArray());
      const cell = new nn.LSTMCell(3, 4);
      cell.loadStateDict(new Map([...lstm.stateDict()].map(([key, value]) => [key.replace("_l0", ""), value])));
      let step = cell(x.select(0, 0));
      for (let t = 1; t < 6; t++) step = cell(x.select(0, t), step);
      expect(step[0]).toBeClose(whole.select(0, 5).toArray());
    });
  });

  it("a packed result outlives the call, and nothing else does", () => {
    const rnn = new nn.RNN(2, 2);
    const x = packSequence([randn([3, 2])]);
    const before = memory().tensors;
    const [out, state] = rnn(x);
    expect(memory().tensors).toBe(before + 2);
    expect([out.data.isAlive, state.isAlive]).toEqual([true, true]);
  });

  it("names what does not fit", () => {
    const gru = new nn.GRU(3, 4, { batchFirst: true });
    expect(() => gru(zeros([2, 5, 4]))).toThrow(/GRU.forward: expected an input of \[N, T, 3\].*got \[2, 5, 4\]/);
    expect(() => gru(zeros([2, 5, 3]), zeros([1, 3, 4]))).toThrow(/hidden state to be \[1, 2, 4\], got \[1, 3, 4\]/);
    expect(() => new nn.LSTMCell(3, 4)(zeros([2, 4]))).toThrow(ShapeError);
    expect(() => new nn.RNN(3, 4, { nonlinearity: "sin" as "relu" })).toThrow(OptionError);
    expect(() => new nn.LSTM(3, 4, { projSize: 4 })).toThrow(/projSize below 4/);
    expect(() => new nn.GRU(3, 4, { numLayer: 2 } as object)).toThrow(/numLayers/);
    expect(() => packPaddedSequence(zeros([3, 2, 1]), [1, 3])).toThrow(/longest to the shortest, got \[1, 3\]/);
    expect(() => padPackedSequence(packSequence([zeros([3, 1])]), { totalLength: 2 })).toThrow(ValueError);
  });

  it("padding takes a value and a side", () => {
    expect(padSequence([tensor([1, 2]), tensor([3])], { batchFirst: true, paddingValue: 9 }).toArray()).toEqual([
      [1, 2],
      [3, 9],
    ]);
    expect(packSequence([tensor([1, 2]), tensor([3])]).to("float64").data.dtype).toBe("float64");
  });
});
