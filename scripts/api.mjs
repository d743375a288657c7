// Writes the report of the public exports, lib/index.api.md: npm run api
// `--check [FILE...]` writes nothing and fails where the report, or another file, is not what lib/index.ts exports.

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const ROOT = join(import.meta.dirname, '..');
const REPORT = 'lib/index.api.md';

/** Declares what lib/ exports, as the package does. */
function declarations(folder) {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = ['--project', 'tsconfig.build.json', '--emitDeclarationOnly', '--noCheck'];
  execFileSync(process.execPath, [tsc, ...args, '--outDir', folder], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}

/** What the report is made of; nothing but the report is written. */
function configuration(folder) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, 'lib/index.d.ts'),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: 'index',
        reportFolder: join(folder, 'report'),
        reportTempFolder: folder,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // Everything that is exported is public, and TSDoc has tags of its own here.
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
        compilerMessageReporting: { default: { logLevel: 'error' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
}

/** Makes the report and returns its path. */
function report(folder) {
  declarations(folder);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const compilerOptions = {
    ...{ module: 'CommonJS', target: 'ES2022', lib: ['ES2022'] },
    ...{ types: ['node'], skipLibCheck: true },
  };
  const tsconfig = { compilerOptions, files: ['lib/index.d.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  mkdirSync(join(folder, 'report'));
  const { errorCount } = Extractor.invoke(configuration(folder), {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = message.logLevel !== 'error';
    },
  });
  if (errorCount > 0) throw new Error('the exports cannot be read');
  return join(folder, 'report/index.api.md');
}

const [mode, ...files] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'api-'));
try {
  const fresh = report(folder);
  if (mode !== '--check') {
    copyFileSync(fresh, join(ROOT, REPORT));
  } else {
    const text = readFileSync(fresh, 'utf8');
    for (const file of files.length === 0 ? [REPORT] : files) {
      if (readFileSync(resolve(ROOT, file), 'utf8') === text) continue;
      console.log(
        `${file} is not what lib/index.ts exports; write it with npm run api, commit it, and say in CHANGELOG.md what changed`,
      );
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
