import { DefaultNamingStrategy } from 'typeorm';

/** Properties are camelCase in TypeScript and snake_case in the database. */
export class SnakeCase extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? property.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
  }
  override primaryKeyName(table: string): string {
    return `${table}_pk`;
  }
}
