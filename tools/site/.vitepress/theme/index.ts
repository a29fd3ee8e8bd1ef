/** VitePress's own theme, with a menu of versions and room for pictures. */
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import './style.css';
import { VersionMenu } from './versions.ts';

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component('VersionMenu', VersionMenu);
  },
} satisfies Theme;
