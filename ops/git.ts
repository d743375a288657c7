import { execFileSync } from 'node:child_process';
import type { Workspace } from './io';

/** What hooks of git hand down, which would lead to another repository or index than those of the folder. */
const LOCAL_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_COMMON_DIR',
];

/** A file of a commit. */
export interface CommittedFile {
  /** Path from the folder in which git runs. */
  readonly path: string;
  /** Octal, as git prints it. */
  readonly mode: string;
  /** Hash of the content. */
  readonly id: string;
}

/** A commit that changed a file. */
export interface FileChange {
  /** Full id. */
  readonly commit: string;
  /** When it was committed: ISO 8601, in the time zone of the committer. */
  readonly date: string;
  readonly author: string;
  /** Hash of the content before it; absent where there was none. */
  readonly before?: string;
  /** Hash of the content after it; absent where it was removed. */
  readonly after?: string;
}

/** Mode of a symbolic link. */
export const LINK_MODE = '120000';

/** Reads commits of the repository around a folder. Each call starts one process, however many files it is about. */
export class Git {
  private readonly env: NodeJS.ProcessEnv;

  constructor(private readonly workspace: Workspace) {
    this.env = Object.fromEntries(
      Object.entries(workspace.env).filter(([name]) => !LOCAL_VARIABLES.includes(name)),
    );
  }

  /**
   * The id of a commit.
   *
   * @throws Error with git's own reason when there is no repository to read, and with a command that helps when it lacks the commit
   */
  commit(ref: string): string {
    try {
      return this.run('rev-parse', '--verify', '--quiet', `${ref}^{commit}`).trim();
    } catch (error) {
      // With --quiet a commit that is missing has no message; anything else has.
      const reason = reasonOf(error);
      if (reason !== '')
        throw new Error(
          /not a git repository/.test(reason)
            ? `${this.workspace.cwd} is in no git repository, so there are no commits; clone it, or begin one: git init && git add . && git commit --message start`
            : `git cannot read ${this.workspace.cwd}: ${reason}`,
        );
    }
    throw new Error(`git has no commit "${ref}"; ${this.remedy(ref)}`);
  }

  /** The files of a commit below a folder. */
  files(commit: string, folder: string): CommittedFile[] {
    return this.listed(commit, `${folder}/`);
  }

  /** The text of a file in a commit; nothing where there is no such file. */
  text(commit: string, file: string): string | undefined {
    const [found] = this.listed(commit, file);
    return found && this.contents([found.id]).get(found.id)?.toString('utf8');
  }

  private listed(commit: string, path: string): CommittedFile[] {
    const lines = this.run('ls-tree', '-r', '-z', commit, '--', path).split('\0');
    return lines.flatMap((line) => {
      const found = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line);
      return found ? [{ mode: found[1]!, id: found[2]!, path: found[3]! }] : [];
    });
  }

  /**
   * The commits of this branch that changed a file, newest first; a merge is one of them, and what it merged is none.
   *
   * @throws Error with git's own reason when there is no repository to read, or nothing is committed
   */
  history(file: string): FileChange[] {
    const format = '--format=%x01%H%x02%cI%x02%aN%x02';
    const plain = [
      '--raw',
      '--root',
      '--no-abbrev',
      '--no-renames',
      '--no-color',
      '--no-show-signature',
    ];
    const log = this.run(
      ...['log', this.commit('HEAD'), '--first-parent', '-m', ...plain, '--encoding=UTF-8'],
      ...[format, '--', file],
    );
    return log
      .split('\x01')
      .slice(1)
      .map((entry) => {
        const [commit = '', date = '', author = '', raw = ''] = entry.split('\x02');
        const [before, after] = / ([0-9a-f]+) ([0-9a-f]+) [A-Z]\t/.exec(raw)!.slice(1).map(present);
        return { commit, date, author, before, after };
      });
  }

  /** Whether a text was ever in the files of a folder, up to a commit. */
  everHad(ref: string, folder: string, text: string): boolean {
    const log = ['log', '-1', '--format=%H', `-S${text}`, this.commit(ref), '--', `${folder}/`];
    return this.run(...log).trim() !== '';
  }

  /** True where the older commits are not in the clone. */
  isShallow(): boolean {
    return this.run('rev-parse', '--is-shallow-repository').trim() === 'true';
  }

  /** The contents of files by their ids. */
  contents(ids: readonly string[]): Map<string, Buffer> {
    const output =
      ids.length === 0
        ? Buffer.alloc(0)
        : execFileSync('git', ['cat-file', '--batch'], {
            ...this.options(),
            input: ids.map((id) => `${id}\n`).join(''),
          });
    const contents = new Map<string, Buffer>();
    for (let at = 0; at < output.length;) {
      const end = output.indexOf('\n', at);
      const [id = '', , size = ''] = output.toString('latin1', at, end).split(' ');
      contents.set(id, output.subarray(end + 1, end + 1 + Number(size)));
      at = end + 1 + Number(size) + 1;
    }
    return contents;
  }

  /** What brings a commit that git does not have. */
  private remedy(ref: string): string {
    if (ref === 'HEAD') return 'nothing is committed yet; commit first';
    const shallow = this.isShallow();
    const remotes = this.run('remote').split('\n').filter(Boolean);
    const remote = remotes.find((name) => ref.startsWith(`${name}/`));
    // What a server knows by its name is fetched by it; what is behind a commit comes with the commits before it.
    const isName = /^[\w./-]+$/.test(ref) && !/^[0-9a-f]{4,39}$/.test(ref);
    if (shallow && remotes.length > 0 && !isName)
      return `the clone is shallow, so fetch what it lacks: git fetch --unshallow ${remotes[0]}`;
    const depth = shallow ? '--depth=1 ' : '';
    if (remote !== undefined) {
      const branch = ref.slice(remote.length + 1);
      return `fetch it first: git fetch ${depth}${remote} ${branch}:refs/remotes/${ref}`;
    }
    if (shallow && remotes.length > 0)
      return `the clone is shallow, so fetch it first: git fetch ${depth}${remotes[0]} ${ref}, and name it FETCH_HEAD`;
    return 'expected a branch, a tag or a commit; to see the branches: git branch --all';
  }

  private run(...args: string[]): string {
    return execFileSync('git', args, { ...this.options(), encoding: 'utf8' });
  }

  private options() {
    const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
    return { cwd: this.workspace.cwd, env: this.env, maxBuffer: 2 ** 30, stdio };
  }
}

/** The id of a content; git writes zeros where there is none. */
function present(id: string): string | undefined {
  return /^0+$/.test(id) ? undefined : id;
}

/** What git said, or why it did not start. */
function reasonOf(error: unknown): string {
  const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer | string };
  if (code === 'ENOENT') return 'git is not installed, or not in PATH; install it';
  return String(stderr ?? '').trim();
}
