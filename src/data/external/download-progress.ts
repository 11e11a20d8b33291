/** Redraws at most this often, in milliseconds. */
const INTERVAL = 100;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Tells on stderr that a download has begun and how far it is: a moving line on a terminal, two plain lines otherwise. */
export function showProgress(what: string, url: string, path: string): (done: number, total: number | null) => void {
  const { stderr } = process;
  let drawn = 0;
  let announced = false;
  return (done, total) => {
    if (!announced)
      stderr.write(`Downloading the ${what}${total ? ` (${megabytes(total)})` : ""} from ${url} to ${path}\n`);
    announced = true;
    const complete = done === total;
    if (stderr.isTTY && (complete || Date.now() - drawn >= INTERVAL)) {
      drawn = Date.now();
      const share = total ? ` ${String(Math.floor((100 * done) / total)).padStart(3)}%` : "";
      stderr.write(`\r${megabytes(done)}${share}${complete ? "\n" : ""}`);
    } else if (complete) stderr.write(`Downloaded ${megabytes(done)}.\n`);
  };
}
