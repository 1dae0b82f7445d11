const edge = 28;
const centre = (edge - 1) / 2;

/**
 * A 28 × 28 image turned counter-clockwise about its centre by `degrees`.
 *
 * Each pixel is looked up where it came from, between four pixels (bilinear); what comes from outside is
 * background, 0.
 */
export function rotate(source: Float32Array, degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= edge || column >= edge ? 0 : (source[row * edge + column] as number);
  const turned = new Float32Array(edge * edge);
  for (let row = 0; row < edge; row++) {
    for (let column = 0; column < edge; column++) {
      const [down, right] = [row - centre, column - centre];
      // Rows grow downwards, so this is the clockwise turn back to the source.
      const fromColumn = cos * right - sin * down + centre;
      const fromRow = sin * right + cos * down + centre;
      const [left, top] = [Math.floor(fromColumn), Math.floor(fromRow)];
      const [acrossShare, downShare] = [fromColumn - left, fromRow - top];
      const upper = (1 - acrossShare) * at(top, left) + acrossShare * at(top, left + 1);
      const lower = (1 - acrossShare) * at(top + 1, left) + acrossShare * at(top + 1, left + 1);
      turned[row * edge + column] = (1 - downShare) * upper + downShare * lower;
    }
  }
  return turned;
}
