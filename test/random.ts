import fc from 'fast-check';

// The same inputs each time, so that nobody's change fails by chance; SEDA_SEED draws others.
fc.configureGlobal({ seed: Number(process.env.SEDA_SEED ?? 1) });

export * from 'fast-check';
export default fc;
