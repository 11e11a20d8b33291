/** Loaders of ratings. */
import { DataError, RandomSplitter, TransformBlock } from "../data/index.js";
import { type CsvOptions, type Frame, readCsv } from "../frame/index.js";
import {
  Categorify,
  FrameDataLoaders,
  registerLoaders,
  type TabularLoaderOptions,
  TabularPandas,
  withLoaders,
} from "../tabular/index.js";
import { ValueError } from "../torch/index.js";

/** A table of users, items and ratings: no continuous columns, so batches are `[cats, ratings]`. Source: COL-1. */
export class TabularCollab extends TabularPandas {
  override get withCont(): boolean {
    return false;
  }
}

/** Settings of `fromDf`: what the columns are, and the loaders'. */
export interface CollabOptions extends Omit<TabularLoaderOptions, "seed"> {
  /** Share of validation rows, 0..1. Default 0.2. */
  validPct?: number;
  /** Column of users. Default: the first. */
  userName?: string;
  /** Column of items. Default: the second. */
  itemName?: string;
  /** Column of ratings. Default: the third. */
  ratingName?: string;
  /** Fixes which rows are for validation. */
  seed?: number | null;
}

/** Loaders of ratings, each with a user and an item. Source: COL-1. */
export class CollabDataLoaders extends FrameDataLoaders {
  /**
   * Loaders of a frame of ratings. Users and items that occur in validation rows only are `#na#`, unless they are texts.
   * Throws `DataError` naming column and row on a rating that is no number, and on too few of them.
   *
   * @example
   * const dls = await CollabDataLoaders.fromDf(ratings, { itemName: "title", bs: 64, seed: 42 });
   */
  static async fromDf(ratings: Frame, options: CollabOptions = {}): Promise<CollabDataLoaders> {
    const { validPct = 0.2, seed, userName, itemName, ratingName, ...loaders } = options;
    const names = [userName, itemName, ratingName].map((name, i) => name ?? ratings.columns[i]);
    const [user, item, rating] = names;
    if (user === undefined || item === undefined || rating === undefined) {
      throw new ValueError(
        `CollabDataLoaders: expected columns of users, items and ratings, got ${ratings.columns.join(", ")}.`,
      );
    }
    checkRatings(ratings, user, item, rating);
    const splits = RandomSplitter({ validPct, ...(seed === undefined ? {} : { seed }) })(
      new Array(ratings.length).fill(0),
    );
    const to = new TabularCollab(ratings, {
      procs: [Categorify],
      catNames: [user, item],
      yNames: rating,
      yBlock: new TransformBlock(),
      splits,
    });
    return withLoaders(CollabDataLoaders, to, loaders);
  }

  /** Loaders of a CSV file. `csvOptions` are those of `readCsv`. */
  static async fromCsv(
    csv: string,
    options: CollabOptions & { csvOptions?: CsvOptions } = {},
  ): Promise<CollabDataLoaders> {
    const { csvOptions, ...rest } = options;
    return CollabDataLoaders.fromDf(await readCsv(csv, csvOptions), rest);
  }

  /** The columns of users and of items. */
  get userAndItem(): readonly [user: string, item: string] {
    const [user = "", item = ""] = this.catNames;
    return [user, item];
  }
}

function checkRatings(df: Frame, user: string, item: string, rating: string): void {
  if (df.length < 2) {
    throw new DataError(
      `CollabDataLoaders: expected at least two ratings, to train and to validate, got ${df.length}.`,
    );
  }
  for (const name of [user, item]) {
    const column = df.column(name);
    const row =
      column.kind === "float" ? Array.from(column.order()).findIndex((id) => id % 1 !== 0) : column.firstMissing();
    if (row < 0) continue;
    throw new DataError(
      `CollabDataLoaders: expected whole numbers or names in the column "${name}", got ${String(column.get(row) ?? "a missing cell")} in row ${row}. ` +
        "Remove such rows, or choose other columns with { userName, itemName, ratingName }.",
    );
  }
  const column = df.column(rating);
  const isNumber = column.kind === "int" || column.kind === "float" || column.kind === "bool";
  const row = isNumber ? column.firstMissing() : (df.inferred?.find(({ name }) => name === rating)?.because?.row ?? 0);
  if (row < 0) return;
  throw new DataError(
    `CollabDataLoaders: expected numbers in the column of ratings "${rating}", got ${String(column.get(row) ?? "a missing cell")} in row ${row}.`,
  );
}

registerLoaders("collab.CollabDataLoaders", CollabDataLoaders, TabularCollab);
