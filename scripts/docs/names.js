// @ts-check
import { Converter, ReflectionKind } from 'typedoc';

/**
 * A plugin of TypeDoc. It names pages by their heading and puts them into groups, names modules as
 * they are imported, and lets links reach across entry points.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const title = /^# (.*)$/m.exec(document.content[0]?.text ?? '')?.[1];
    if (!title) throw new Error(`${document.name} has no heading`);
    document.frontmatter['group'] = groupOf(document.name);
    document.name = title;
  });
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, declaration) => {
    if (declaration.kind !== ReflectionKind.Module) return;
    declaration.name =
      declaration.name === 'index' ? 'rxjs-rwlock' : `rxjs-rwlock/${declaration.name}`;
  });
  // A link in a comment of another entry point may lead to a name of the main one.
  app.converter.addUnknownSymbolResolver(({ symbolReference }, { project }, link) => {
    if (!link) return undefined;
    const names = symbolReference?.path?.map(({ path }) => path) ?? [];
    const target = project.getChildByName(['rxjs-rwlock', ...names]);
    return target && { target };
  });
}

/** @param {string} path */
function groupOf(path) {
  if (path.startsWith('docs/')) return 'Guides';
  return path.startsWith('marbles/') ? 'The specification' : 'The project';
}
