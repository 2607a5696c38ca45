using Slipway.Server.Platform.Database;

namespace Slipway.Server.Platform.Auth;

/// <summary>The keys of a server on this machine, for a program beside it; a running server takes changes up within a second.</summary>
public sealed class KeyCabinet : IAsyncDisposable
{
    private readonly ServerDatabase _database;
    private readonly KeyIssuer _issuer;

    private KeyCabinet(ServerDatabase database, KeyIssuer issuer) => (_database, _issuer) = (database, issuer);

    /// <summary>Opens the database that the configuration names, and makes it if it is not there.</summary>
    /// <remarks>The configuration is the server's: <c>TRAINING_DB_URL</c> or <c>Database:*</c>, <c>Data:Folder</c>, <c>Auth:Pepper</c>.</remarks>
    /// <exception cref="ServerStartException">The database or the data folder cannot be used.</exception>
    public static async Task<KeyCabinet> OpenAsync(IConfiguration configuration, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(clock);
        var folder = DataFolder.Of(configuration);
        var pepper = Pepper.Of(configuration, folder);
        var database = ServerDatabase.Of(configuration, folder);
        try
        {
            await database.PrepareAsync(clock, cancellationToken);
            var store = new KeyStore(database);
            await store.RequirePepperAsync(pepper, cancellationToken);
            return new KeyCabinet(database, new KeyIssuer(store, pepper, clock));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a key. Its secret is shown here and never again.</summary>
    /// <exception cref="KeyException">The terms are not acceptable, or the name is taken.</exception>
    public Task<IssuedKey> CreateAsync(KeyTerms terms, CancellationToken cancellationToken = default) =>
        _issuer.CreateAsync(terms, cancellationToken);

    /// <summary>All keys ever made, the oldest first.</summary>
    public Task<IReadOnlyList<KeyView>> ListAsync(CancellationToken cancellationToken = default) => _issuer.ListAsync(cancellationToken);

    /// <summary>Ends a key, and returns its id.</summary>
    /// <exception cref="KeyException">No key in use has this id or name.</exception>
    public Task<string> RevokeAsync(string idOrName, CancellationToken cancellationToken = default) =>
        _issuer.RevokeAsync(idOrName, cancellationToken);

    /// <summary>Gives a key a new secret; the old one works for <paramref name="overlap"/> more, 0 to 365 days.</summary>
    /// <exception cref="KeyException">No key in use has this id or name, or the overlap is out of range.</exception>
    public Task<IssuedKey> RotateAsync(string idOrName, TimeSpan overlap, CancellationToken cancellationToken = default) =>
        _issuer.RotateAsync(idOrName, overlap, cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
