namespace Slipway.Server.Platform.Database.Backup;

internal static class MySqlDump
{
    /// <summary><c>mariadb-dump</c>, or MySQL's <c>mysqldump</c>, for a text of SQL.</summary>
    public static DumpProgram Of(DatabaseAddress address)
    {
        var parts = MySqlLibrary.Factory.CreateConnectionStringBuilder()!;
        parts.ConnectionString = address.ConnectionString;
        var mode = $"{parts["SslMode"]}";
        return new DumpProgram
        {
            Package = "MariaDB or MySQL",
            Ways =
            [
                ("mariadb-dump", file => [.. Usual(file), .. SafetyOfMariaDb(mode), $"{parts["Database"]}"]),
                ("mysqldump", file => [.. Usual(file), .. SafetyOfMySql(mode), $"{parts["Database"]}"]),
            ],
            PasswordVariable = "MYSQL_PWD",
            Variables = new Dictionary<string, string?> { ["MYSQL_PWD"] = $"{parts["Password"]}" },
            LastWords = "-- Dump completed",
        };

        string[] Usual(string file)
        {
            string[] login = $"{parts["User ID"]}" is { Length: > 0 } user ? [$"--user={user}"] : [];
            return
            [
                // Without locks: one transaction sees one state.
                "--no-defaults", "--single-transaction", "--no-tablespaces", "--default-character-set=utf8mb4",
                $"--host={parts["Server"]}", $"--port={parts["Port"]}", "--protocol=tcp", .. login, $"--result-file={file}",
            ];
        }
    }

    private static string[] SafetyOfMariaDb(string mode) => mode switch
    {
        "Disabled" => ["--skip-ssl"],
        "Required" => ["--ssl"],
        "VerifyCA" or "VerifyFull" => ["--ssl", "--ssl-verify-server-cert", .. Authority()],
        _ => [],
    };

    private static string[] SafetyOfMySql(string mode) => mode switch
    {
        "Disabled" => ["--ssl-mode=DISABLED"],
        "Required" => ["--ssl-mode=REQUIRED"],
        "VerifyCA" => ["--ssl-mode=VERIFY_CA", .. Authority()],
        "VerifyFull" => ["--ssl-mode=VERIFY_IDENTITY", .. Authority()],
        _ => [],
    };

    // Whom the server's own connections trust; these programs know nobody unless told.
    private static string[] Authority() =>
        new[] { Environment.GetEnvironmentVariable("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt" }
            .FirstOrDefault(File.Exists) is { } file ? [$"--ssl-ca={file}"] : [];
}
