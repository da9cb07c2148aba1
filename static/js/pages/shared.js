// A shared copy: colours on code, formulae and the like, as in the chat itself. Nothing else can be done here.
import { decorate } from "../blocks/blocks.js";

for (const text of document.querySelectorAll(".message-text.markdown")) decorate(text);
