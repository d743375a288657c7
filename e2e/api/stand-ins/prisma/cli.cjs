#!/usr/bin/env node
'use strict';

// The two commands of Prisma that the image needs, and of each what the contract sees: `generate` makes the
// client, `migrate deploy` applies each migration once, in order, and records it in the table that Prisma uses.

const fs = require('node:fs');
const path = require('node:path');
const { PrismaClient } = require('./client.cjs');

const COMMANDS = {
  generate() {
    if (!fs.existsSync('prisma/schema.prisma')) throw new Error('prisma/schema.prisma is missing');
    const folder = path.join('node_modules', '.prisma', 'client');
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(path.join(__dirname, 'client.cjs'), path.join(folder, 'index.js'));
    console.log(`generated the client into ${folder}`);
  },

  async 'migrate deploy'() {
    const database = new PrismaClient();
    const names = fs
      .readdirSync('prisma/migrations', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    await database.$queryRawUnsafe(
      'CREATE TABLE IF NOT EXISTS "_prisma_migrations" (migration_name TEXT PRIMARY KEY, finished_at TIMESTAMPTZ NOT NULL DEFAULT now())',
    );
    const applied = new Set(
      (await database.$queryRawUnsafe('SELECT migration_name FROM "_prisma_migrations"')).flat(),
    );
    const pending = names.sort().filter((name) => !applied.has(name));
    for (const name of pending) {
      const sql = fs.readFileSync(path.join('prisma/migrations', name, 'migration.sql'), 'utf8');
      await database.$queryRawUnsafe(
        `BEGIN; ${sql}; INSERT INTO "_prisma_migrations" (migration_name) VALUES ('${name}'); COMMIT`,
      );
      console.log(`applied ${name}`);
    }
    console.log(`${names.length} migrations, ${pending.length} applied now`);
  },
};

async function main() {
  const command = COMMANDS[process.argv.slice(2).join(' ')];
  if (!command)
    throw new Error(`unknown command, expected one of ${Object.keys(COMMANDS).join(', ')}`);
  await command();
}

main().catch((error) => {
  console.error(`prisma (stand-in): ${error.message}`);
  process.exitCode = 1;
});
