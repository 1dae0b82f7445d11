/** What one call may keep inside the module for its rows: 16 MiB of float32 activities. */
const MOST_VALUES = 2 ** 22;

/** What the rows of one step may cost, in multiplications: a few dozen milliseconds, so that a slice stays short. */
const MOST_PRODUCTS = 2 ** 27;

/** Consecutive rows of a batch that go through the module together. */
export interface RowChunk {
  readonly first: number;
  readonly rows: number;
  /** The inputs of these rows: a view of the data of the caller, which the call copies. */
  readonly x: Float32Array;
}

/** What one row costs a network: activities that are held, and multiplications of a pass. */
export interface RowCost {
  readonly values: number;
  readonly products: number;
}

/**
 * Yields a batch in chunks, so that memory inside the module stays bounded however many rows there are, and of at most
 * `wanted` rows. No result depends on where the cuts are: masks are a function of the index of the row.
 */
export function* rowChunks(
  x: Float32Array,
  rows: number,
  cost: RowCost,
  wanted = Number.POSITIVE_INFINITY,
): Generator<RowChunk> {
  const width = x.length / rows;
  const fitting = Math.floor(Math.min(MOST_VALUES / cost.values, MOST_PRODUCTS / cost.products));
  const most = Math.max(1, Math.min(fitting, wanted));
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    yield { first, rows: count, x: x.subarray(first * width, (first + count) * width) };
  }
}
