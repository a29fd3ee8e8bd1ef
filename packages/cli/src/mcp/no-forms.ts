/** In the bundled program in place of the MCP library's validator of forms that a server asks a client to fill: this server asks for none. */
import { cliError } from '../kernel/cli-errors.ts';

/** The name under which the library makes its validator. */
export class AjvJsonSchemaValidator {
  /** Throws `CLI_INTERNAL`. */
  getValidator(): never {
    throw cliError('INTERNAL', { why: 'a form was to be filled by a client' });
  }
}
