import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkMarbles } from 'rxjs-rwlock/testing';

const root = join(__dirname, '../..');

it('the marble block in the template for bugs passes, as the template says', () => {
  const file = '.github/ISSUE_TEMPLATE/bug.md';

  expect(() => checkMarbles(readFileSync(join(root, file), 'utf8'), file)).not.toThrow();
});
