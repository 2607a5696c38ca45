using System.Data.Common;
using System.Reflection;

namespace Slipway.Server.Platform.Database;

/// <summary>
/// The connector for MySQL and MariaDB, found beside the program at run time: under its licence whoever ships the server decides
/// whether it comes along. See docs/decisions/0012.
/// </summary>
internal static class MySqlLibrary
{
    private const string File = "MySql.Data.dll";

    private static readonly Lazy<Type?> FactoryType = new(() => Find()?.GetType("MySql.Data.MySqlClient.MySqlClientFactory"));

    /// <exception cref="ServerStartException">It did not come along.</exception>
    public static DbProviderFactory Factory =>
        FactoryType.Value?.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as DbProviderFactory
        ?? throw new ServerStartException(
            $"For MySQL and MariaDB the server needs {File}, which is not beside this program. Take a build that has it, or "
            + "put the file of the package MySql.Data there; SQLite and PostgreSQL need nothing.");

    /// <summary>Closes the connections that wait for their next use.</summary>
    public static void ClearPool(DbConnection connection) =>
        connection.GetType().GetMethod("ClearPool", BindingFlags.Public | BindingFlags.Static)?.Invoke(null, [connection]);

    private static Assembly? Find()
    {
        try
        {
            return Assembly.Load("MySql.Data");
        }
        catch (FileNotFoundException)
        {
            // Not part of the build; somebody may have put it there.
            var path = Path.Combine(AppContext.BaseDirectory, File);
            return System.IO.File.Exists(path) ? Assembly.LoadFrom(path) : null;
        }
    }
}
