using Npgsql;

namespace Slipway.Server.Platform.Database.Backup;

internal static class PostgresDump
{
    /// <summary><c>pg_dump</c>, for an archive that <c>pg_restore</c> reads.</summary>
    public static DumpProgram Of(DatabaseAddress address)
    {
        var parts = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        string[] login = string.IsNullOrEmpty(parts.Username) ? [] : [$"--username={parts.Username}"];
        return new DumpProgram
        {
            Package = "PostgreSQL",
            Ways =
            [
                ("pg_dump", file =>
                [
                    "--format=custom", "--no-password", $"--host={parts.Host}", $"--port={parts.Port}", .. login,
                    $"--dbname={parts.Database}", $"--file={file}",
                ]),
            ],
            PasswordVariable = "PGPASSWORD",
            Variables = new Dictionary<string, string?>
            {
                ["PGPASSWORD"] = parts.Password,
                ["PGSSLMODE"] = ModeOf(parts.SslMode),
                ["PGSSLROOTCERT"] = parts.RootCertificate,
                ["PGSSLCERT"] = parts.SslCertificate,
                ["PGSSLKEY"] = parts.SslKey,
                ["PGOPTIONS"] = parts.Options,
            },
        };
    }

    private static string ModeOf(SslMode mode) => mode switch
    {
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => mode.ToString().ToLowerInvariant(),
    };
}
