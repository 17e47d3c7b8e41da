"""Records behind schemas: values that begin with the id of a schema, as registries frame them."""
