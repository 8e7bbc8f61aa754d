"""The store's schema, version by version; `serving.store.schema` applies them. A version that was released is never changed."""
