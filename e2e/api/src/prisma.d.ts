declare module '@prisma/client' {
  export class PrismaClient {
    $queryRaw(sql: TemplateStringsArray): Promise<unknown>;
  }
}
