import { execFile } from 'node:child_process';

/** A cluster to talk to. */
export interface Access {
  /** The kubeconfig file; its current context is `context`. */
  kubeconfig: string;
  context: string;
  /** Path of kubectl, of the same version as the cluster. */
  kubectl: string;
  /** For programs that call kubectl themselves: this one is first in PATH, and it uses this cluster. */
  env: NodeJS.ProcessEnv;
}

/** Runs kubectl and returns what it wrote; the error of a failure has `stderr`. */
export function kubectl(
  access: Pick<Access, 'kubectl' | 'env'>,
  args: string[],
  input?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      access.kubectl,
      args,
      { env: access.env, maxBuffer: 2 ** 28, timeout: 180_000 },
      (error, stdout, stderr) =>
        error
          ? reject(
              Object.assign(
                new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`),
                { stderr },
              ),
            )
          : resolve(stdout),
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
