import { buildArgoCd } from './argocd';
import { buildCluster, ClusterUnavailable, FLAVOUR } from './cluster';

/** Tests of containers, which need no control plane where they alone are asked for: npm run e2e -- image */
const CONTAINERS = ['image', 'development'];

/** Builds what the tests that are asked for need before any of them, because the first build takes longer than a test may. */
export default async function setup({ nonFlagArgs: asked }: { readonly nonFlagArgs: readonly string[] }): Promise<void> {
  const cluster = !process.env.SEDA_E2E_KUBECONFIG && (asked.length === 0 || asked.some((name) => !CONTAINERS.includes(name)));
  const argo = FLAVOUR === 'newest' && (asked.length === 0 || asked.some((name) => name.includes('argo')));
  for (const build of [...(cluster ? [() => buildCluster(FLAVOUR)] : []), ...(argo ? [buildArgoCd] : [])]) {
    try {
      await build();
    } catch (error) {
      if (!(error instanceof ClusterUnavailable)) throw error;
      console.warn(error.message);
    }
  }
}
