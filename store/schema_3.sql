-- Version 3: workspaces that let the app in. Tokens are sealed before they come here.

CREATE TABLE installations (
    platform TEXT NOT NULL,
    tenant TEXT NOT NULL,
    installed_at INTEGER NOT NULL,
    bot TEXT NOT NULL,
    installer TEXT NOT NULL,
    access TEXT NOT NULL,
    refresh TEXT NOT NULL,
    expires_at INTEGER,
    tried_at INTEGER,
    fails INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (platform, tenant)
);
