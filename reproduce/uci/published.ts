/** A mean over the splits and its standard error. */
export interface Published {
  readonly mean: number;
  readonly error: number;
}

/** Results of MC dropout with one hidden layer. */
export interface PublishedResults {
  readonly rmse: Published;
  readonly logLikelihood: Published;
}

/** Of the public release of Gal and Ghahramani (2016): 4,000 epochs, 10,000 samples, 20 splits. */
export const published: Readonly<Record<string, PublishedResults>> = {
  yacht: { rmse: { mean: 0.666, error: 0.049 }, logLikelihood: { mean: -1.25, error: 0.015 } },
  energy: { rmse: { mean: 0.539, error: 0.014 }, logLikelihood: { mean: -1.212, error: 0.005 } },
  concrete: { rmse: { mean: 4.826, error: 0.161 }, logLikelihood: { mean: -2.937, error: 0.025 } },
};
