import { buildCluster, ClusterUnavailable } from './cluster';

/** Tests of containers, which need no control plane where they alone are asked for: npm run e2e -- image */
const CONTAINERS = ['image', 'development'];

/** Builds the control plane before any test, because the first build takes longer than a test may. */
export default async function setup({ nonFlagArgs }: { readonly nonFlagArgs: readonly string[] }): Promise<void> {
  if (process.env.SEDA_E2E_KUBECONFIG) return;
  if (nonFlagArgs.length > 0 && nonFlagArgs.every((name) => CONTAINERS.includes(name))) return;
  try {
    await buildCluster(process.env.SEDA_E2E_KUBERNETES === 'oldest' ? 'oldest' : 'newest');
  } catch (error) {
    if (!(error instanceof ClusterUnavailable)) throw error;
    console.warn(error.message);
  }
}
