using System.Net.Http.Json;
using Slipway.Client.Projects;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    /// <summary>Makes a project. Dataset and configuration need not be there before its first run.</summary>
    /// <exception cref="SlipwayException">The name is taken (409), or a value is not accepted (422).</exception>
    public Task<ProjectDetail> CreateProjectAsync(CreateProjectRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("projects", request, ClientJson.Wire.CreateProjectRequest, ClientJson.Wire.ProjectDetail, cancellationToken);

    /// <summary>Projects, the newest first, and how many there are in all.</summary>
    public Task<(IReadOnlyList<ProjectDetail> Projects, long Total)> ListProjectsAsync(
        ProjectFilter? filter = null, CancellationToken cancellationToken = default) => ListAsync(
        "projects" + Query.Of(
            ("status", filter?.Status), ("tag", filter?.Tag), ("owner", filter?.Owner), ("limit", filter?.Limit), ("offset", filter?.Offset)),
        ClientJson.Wire.IReadOnlyListProjectDetail, cancellationToken);

    /// <summary>A project by its name or id.</summary>
    public Task<ProjectDetail> GetProjectAsync(string project, CancellationToken cancellationToken = default) =>
        GetAsync(ProjectPath(project), ClientJson.Wire.ProjectDetail, null, cancellationToken);

    /// <summary>Changes what is given; runs that there are keep what they were started with.</summary>
    /// <exception cref="SlipwayException">The new name is taken (409), or a value is not accepted (422).</exception>
    public Task<ProjectDetail> UpdateProjectAsync(
        string project, UpdateProjectRequest changes, CancellationToken cancellationToken = default) => CallAsync(
        HttpMethod.Patch, ProjectPath(project), JsonContent.Create(changes, ClientJson.Wire.UpdateProjectRequest),
        ClientJson.Wire.ProjectDetail, cancellationToken);

    /// <summary>Closes a project for new runs; what it has stays.</summary>
    public Task<ProjectDetail> ArchiveProjectAsync(string project, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, ProjectPath(project) + "/archive", null, ClientJson.Wire.ProjectDetail, cancellationToken);

    /// <summary>Removes a project with its runs, their logs and artifacts.</summary>
    /// <exception cref="SlipwayException">One of its runs is active (409).</exception>
    public Task DeleteProjectAsync(string project, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, ProjectPath(project), cancellationToken);

    private static string ProjectPath(string project) => $"projects/{Segment(project)}";
}
