/** Streams, queues of work on a CUDA device, and events, marks in them. */
import { native, packed } from "../../native.js";
import { checkFunction, describeValue } from "../checks.js";
import { checkOptions, ValueError } from "../errors.js";
import { checked } from "../native-call.js";
import { type CudaDevice, checkAvailable, deviceIndex } from "./devices.js";

/** Options of a {@link Stream}. */
export interface StreamOptions {
  /** Default: the current device. */
  device?: CudaDevice;
  /** Lower goes first; the devices know 0 and some below it. Default 0. */
  priority?: number;
}

/** What a stream that there is already is made of. */
const found = Symbol("found");
type Place = [device: number, id: number];

/**
 * A queue of work on a CUDA device: what is asked of one runs in order, two run side by side. Throws `DeviceError` where
 * there is no device.
 *
 * @example
 * const side = new cuda.Stream();
 * side.waitStream(cuda.currentStream());
 * const y = cuda.withStream(side, () => x.mm(x));
 * cuda.currentStream().waitStream(side);
 * y.recordStream(cuda.currentStream()); // made on one stream, used on another
 */
export class Stream {
  /** The number of its device. */
  readonly device: number;
  /** @internal libtorch's number of it. */
  readonly id: number;

  constructor(options: StreamOptions = {}) {
    const { [found]: place } = options as { [found]?: Place };
    if (!place) checkOptions("cuda.Stream", options, ["device", "priority"]);
    [this.device, this.id] = place ?? ask("cuda.Stream", 2, options.device, options.priority);
  }

  /** Whether everything that was asked of it is done. */
  query(): boolean {
    checked("Stream.query", [], () => native.cudaStreamDone(this.device, this.id));
    return packed[0] === 1;
  }

  /** Waits until everything that was asked of it is done. Blocks. */
  synchronize(): void {
    checked("Stream.synchronize", [], () => native.cudaStreamWait(this.device, this.id));
  }

  /** Puts an event at its end, a new one by default, and returns it. */
  recordEvent(event = new Event()): Event {
    checkEvent("Stream.recordEvent", event);
    event.record(this);
    return event;
  }

  /** What is asked of it from now on waits for the event. Returns at once. */
  waitEvent(event: Event): void {
    checkEvent("Stream.waitEvent", event);
    event.wait(this);
  }

  /** What is asked of it from now on waits for what the other was asked so far. Returns at once. */
  waitStream(other: Stream): void {
    checkStream("Stream.waitStream", other);
    this.waitEvent(other.recordEvent());
  }

  /** Whether both are the same queue. */
  equals(other: Stream): boolean {
    return this.device === other.device && this.id === other.id;
  }
}

/**
 * Throws `ValueError` for what is no stream.
 * @internal
 */
export function checkStream(where: string, value: unknown): asserts value is Stream {
  if (value instanceof Stream) return;
  throw new ValueError(`${where}: expected a cuda.Stream, got ${describeValue(value)}.`);
}

function checkEvent(where: string, value: unknown): asserts value is Event {
  if (value instanceof Event) return;
  throw new ValueError(`${where}: expected a cuda.Event, got ${describeValue(value)}.`);
}

function ask(where: string, kind: 0 | 1 | 2, device: CudaDevice = "cuda", priority = 0): Place {
  const index = deviceIndex(where, device);
  checked(where, [device], () => native.cudaStream(kind, index, priority));
  return [packed[0] ?? 0, packed[1] ?? 0];
}

function existing(device: number, id: number): Stream {
  return new Stream({ [found]: [device, id] } as StreamOptions);
}

/** The stream that work on a device, by default the current one, goes to. */
export function currentStream(device: CudaDevice = "cuda"): Stream {
  return existing(...ask("cuda.currentStream", 0, device));
}

/** The stream that a device has from the start. */
export function defaultStream(device: CudaDevice = "cuda"): Stream {
  return existing(...ask("cuda.defaultStream", 1, device));
}

/**
 * Runs `body`, whose work on the stream's device goes to the stream. `body` must not be async: the choice holds until it
 * returns. PyTorch's `with torch.cuda.stream(…)`.
 */
export function withStream<T>(stream: Stream, body: () => T): T {
  checkStream("cuda.withStream", stream);
  checkFunction("cuda.withStream", body);
  const before = exchange(stream);
  try {
    const result = body();
    if (result instanceof Promise) {
      result.catch(() => undefined); // the error below says what is wrong
      throw new ValueError("cuda.withStream: expected a function that ends at once, got an async one.");
    }
    return result;
  } finally {
    exchange(before);
  }
}

function exchange(stream: Stream): Stream {
  checked("cuda.withStream", [], () => native.cudaSetStream(stream.device, stream.id));
  return existing(stream.device, packed[1] ?? 0);
}

/** Options of an {@link Event}. */
export interface EventOptions {
  /** Whether time can be measured with it, which costs a little. Default false. */
  enableTiming?: boolean;
}

const finished = new FinalizationRegistry<number>((id) => native.cudaEventRelease(id));

/**
 * A mark in a stream. Throws `DeviceError` where there is no CUDA device.
 *
 * @example
 * const [start, end] = [new cuda.Event({ enableTiming: true }), new cuda.Event({ enableTiming: true })];
 * start.record();
 * model(x);
 * end.record();
 * await end.done();
 * console.log(start.elapsedTime(end), "ms");
 */
export class Event {
  readonly #id: number;
  readonly #timing: boolean;

  constructor(options: EventOptions = {}) {
    checkOptions("cuda.Event", options, ["enableTiming"]);
    checkAvailable("cuda.Event");
    this.#timing = options.enableTiming ?? false;
    checked("cuda.Event", [], () => native.cudaEvent(this.#timing));
    this.#id = packed[0] ?? 0;
    finished.register(this, this.#id);
  }

  /** Puts it at the end of a stream, by default the current one. */
  record(stream: Stream = currentStream()): void {
    checkStream("Event.record", stream);
    checked("Event.record", [], () => native.cudaEventRecord(this.#id, stream.device, stream.id));
  }

  /** What the stream, by default the current one, is asked from now on waits for it. Returns at once. */
  wait(stream: Stream = currentStream()): void {
    checkStream("Event.wait", stream);
    checked("Event.wait", [], () => native.cudaEventBlock(this.#id, stream.device, stream.id));
  }

  /** Whether the device has come to it; true when it was never recorded. */
  query(): boolean {
    checked("Event.query", [], () => native.cudaEventDone(this.#id));
    return packed[0] === 1;
  }

  /** Waits until the device has come to it. Blocks. */
  synchronize(): void {
    checked("Event.synchronize", [], () => native.cudaEventWait(this.#id));
  }

  /** Resolves when the device has come to it; another thread waits. */
  async done(): Promise<void> {
    const promise = checked("Event.done", [], () => native.cudaEventWaitAsync(this.#id));
    await promise;
  }

  /** Milliseconds from this event to a later one. Throws `ValueError` unless both were made with `enableTiming`. */
  elapsedTime(end: Event): number {
    checkEvent("Event.elapsedTime", end);
    if (!this.#timing || !end.#timing) {
      throw new ValueError("Event.elapsedTime: expected two events with { enableTiming: true }, got one without.");
    }
    checked("Event.elapsedTime", [], () => native.cudaEventElapsed(this.#id, end.#id));
    return packed[1] ?? Number.NaN;
  }
}
