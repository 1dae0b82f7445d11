/** Quantile by linear interpolation between order statistics. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low + (place - Math.floor(place)) * (high - low);
}

/** Answers in ten bins of equal width by their confidence. */
export function binned(answers: readonly { confidence: number; isRight: boolean }[]) {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const { confidence, isRight } of answers) {
    const bin = bins[Math.min(9, Math.floor(10 * confidence))];
    if (bin === undefined) continue;
    bin.count += 1;
    bin.confidence += confidence;
    bin.right += Number(isRight);
  }
  return {
    count: bins.map(({ count }) => count),
    confidence: bins.map(({ count, confidence }) => confidence / count),
    accuracy: bins.map(({ count, right }) => right / count),
  };
}

/** The share of wrong answers among those with the least uncertainty, for every number of them. */
export function riskBySurest(uncertainty: readonly number[], isRight: readonly boolean[]) {
  const order = uncertainty
    .map((_, row) => row)
    .sort((a, b) => (uncertainty[a] ?? 0) - (uncertainty[b] ?? 0));
  let wrong = 0;
  const risk = order.map((row, index) => {
    wrong += Number(!isRight[row]);
    return wrong / (index + 1);
  });
  return { coverage: order.map((_, index) => (index + 1) / order.length), risk };
}
