import { firstPages, pages, typePages } from './pages.ts';

typePages(pages.filter((page) => !firstPages.includes(page)));
