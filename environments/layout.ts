/** Folder of `dist/` with what Argo CD is told; the name of no environment. */
export const ARGOCD_FOLDER = 'argocd';
