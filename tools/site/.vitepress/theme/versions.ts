/** The menu of versions. A published site keeps a list of them above its versions; a site served alone has one. */
import { useData, withBase } from 'vitepress';
import { defineComponent, h, onMounted, ref } from 'vue';

/** Beside the folders of the versions: their names, newest first. */
const list = (): string => withBase('/../versions.json');

const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** A list of the versions that goes to the one that is chosen. */
export const VersionMenu = defineComponent(() => {
  const { site, theme } = useData<{ readonly version: string }>();
  const version = theme.value.version;
  const versions = ref<readonly string[]>([version]);
  onMounted(async () => {
    if (!site.value.base.endsWith(`/${version}/`)) return;
    const answer = await fetch(list()).catch(() => undefined);
    const found: unknown = answer?.ok ? await answer.json() : undefined;
    if (isList(found)) versions.value = found;
  });
  const go = (event: Event): void => {
    const chosen = (event.target as HTMLSelectElement).value;
    if (chosen !== version) location.assign(withBase(`/../${chosen}/`));
  };
  const option = (each: string) => h('option', { value: each, selected: each === version }, `version ${each}`);
  return () => h('select', { class: 'versions', 'aria-label': 'Version', onChange: go }, versions.value.map(option));
});
