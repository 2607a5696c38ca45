using System.Globalization;
using Dapper;

namespace Slipway.Server.Platform.Database;

/// <summary>
/// Lists in conditions, written out value by value: a list that Dapper is given it hands to PostgreSQL as an array, which
/// <c>in</c> does not take.
/// </summary>
internal static class SqlList
{
    /// <summary>Adds the values to the parameters; returns <c>(@id0, @id1)</c>. There must be one at least.</summary>
    public static string Add(DynamicParameters parameters, string name, IEnumerable<string> values)
    {
        List<string> names = [];
        foreach (var value in values)
        {
            var parameter = string.Create(CultureInfo.InvariantCulture, $"{name}{names.Count}");
            parameters.Add(parameter, value);
            names.Add($"@{parameter}");
        }
        return $"({string.Join(", ", names)})";
    }
}
