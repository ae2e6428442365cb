//! Start: listen to the host, wear the theme, draw the window.

import { FluentProvider, RendererProvider } from "@fluentui/react-components";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { listenToHost } from "./shared/desk";
import "./shared/base.css";
import { App } from "./shell/App";
import { styleRenderer, useTheme } from "./shell/theme";

function Usher() {
  const { theme, worn } = useTheme();
  return (
    <FluentProvider theme={theme} className="usher" data-theme={worn}>
      <App />
    </FluentProvider>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has a #root");
listenToHost();
createRoot(root).render(
  <StrictMode>
    <RendererProvider renderer={styleRenderer()} targetDocument={document}>
      <Usher />
    </RendererProvider>
  </StrictMode>,
);
