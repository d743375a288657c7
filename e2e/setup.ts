import { buildCluster, ClusterUnavailable } from './cluster';

/** Builds the control plane before any test, because the first build takes longer than a test may. */
export default async function setup(): Promise<void> {
  if (process.env.SEDA_E2E_KUBECONFIG) return;
  try {
    await buildCluster(process.env.SEDA_E2E_KUBERNETES === 'oldest' ? 'oldest' : 'newest');
  } catch (error) {
    if (!(error instanceof ClusterUnavailable)) throw error;
    console.warn(error.message);
  }
}
