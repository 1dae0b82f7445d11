/**
 * Returns positions near the given ones of which neighbours are at least `gap` apart: in the order of the given ones, with the least sum of
 * squared moves, so that what is far enough apart stays where it is.
 *
 * Less what the gaps take, the positions have only to ascend: the values of a run that descends become their mean, as in isotonic
 * regression (pool adjacent violators).
 */
export function apart(positions: readonly number[], gap: number): number[] {
  const order = [...positions.keys()].sort((a, b) => (positions[a] as number) - (positions[b] as number));
  const blocks: { sum: number; count: number }[] = [];
  for (const [rank, index] of order.entries()) {
    let last = { sum: (positions[index] as number) - rank * gap, count: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.sum / before.count <= last.sum / last.count) break;
      last = { sum: before.sum + last.sum, count: before.count + last.count };
      blocks.pop();
    }
    blocks.push(last);
  }
  const moved = blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
  const found = Array<number>(positions.length);
  for (const [rank, index] of order.entries()) found[index] = (moved[rank] as number) + rank * gap;
  return found;
}
