"""Export formats: each module here is one, see `storage.importers.base.Importer`."""
