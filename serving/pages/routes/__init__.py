"""The pages as the service answers with them: login, who may read which, and one module a page."""
